"""Alerts and reports that are due at no time, because they were stored before anything was: once a day they become due.

Whatever is due already stays as it is.
"""

from pixel.aws.attributes import Item
from pixel.aws.tables import WriteRefusedError
from pixel.foundation import JsonObject
from pixel.foundation.observability import count, flush_metrics, logger
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.due import ALERTS_PREFIX, REPORT_PREFIX
from pixel.workspaces.following import alert_due, report_due
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.store import Store, function_store


def catch_up(_event: JsonObject, _context: object) -> JsonObject:
    """Make all live alerts and enabled reports due that are not."""
    store = function_store()
    made = sum(
        _make_due(store, item)
        for kind in (ALERT, REPORT)
        for item in store.database.scan_prefix(store.workspace_table, "item", kind.sort_key_prefix)
        if DELETED_AT not in item
    )
    count("MadeDue", made)
    logger.info("caught up", extra={"made_due": made})
    flush_metrics()
    return {"made_due": made}


def _make_due(store: Store, record: Item) -> bool:
    is_alert = record["item"].startswith(ALERT.sort_key_prefix)
    sort_key = f"{ALERTS_PREFIX}{record['website_id']}" if is_alert else f"{REPORT_PREFIX}{record['id']}"
    key = {"workspace_id": record["workspace_id"], "item": sort_key}
    if store.database.get(store.workspace_table, key) is not None:
        return False
    actions = list(alert_due(store, record) if is_alert else report_due(store, record))
    if not actions:
        return False
    try:
        store.database.transact(*actions)
    except WriteRefusedError:
        return False  # a record of the website was written at this moment, which made it due
    return True
