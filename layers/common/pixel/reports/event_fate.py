"""The fate of an event by its id: where it is now, as far as the caller may see it.

The warehouse is asked first. What it does not have may be known by a receipt, which is written when a row is queued or
an event buried, or by the claim of a sender's own id. Nothing is written for an event that takes the usual way, so the
id of one that this API made, and whose row cannot be seen yet, is unknown for a moment.
"""

import re
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from pixel.auth.caller import Caller
from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds, iso_of_epoch
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.ids import EVENT_ID, MADE_EVENT_ID
from pixel.foundation.settings import settings
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.ingest.claims import Claim, derived_id, event_claim
from pixel.ingest.receipts import RECEIPT_SECONDS, Kind, Receipt, name_of
from pixel.reports.responses import query_data
from pixel.tinybird.catalogue import Pipe

_PIPE: Final = Pipe("i_event", "", {}, [], {}, [])
_RETRY_AFTER_SECONDS = 5


class _Asker(NamedTuple):
    """Who asks about an event, and the website that the question is limited to."""

    caller: Caller
    website_id: str | None

    def may_see(self, website_id: str) -> bool:
        """Return whether an event of the website, which is empty if it is unknown, is one to answer about."""
        return self.caller.reaches(website_id) and self.website_id in (None, website_id)


class _Known(NamedTuple):
    """What is known of an event apart from the warehouse."""

    claim: Claim | None
    accepted_at: int  # of a claim that is kept, in epoch seconds
    queued: Receipt | None  # the one of the row that was queued
    of_row: Receipt | None  # the last one of the row
    of_rejection: Receipt | None
    row_id: str  # of the row, if it may be another one than the event's; else empty

    @property
    def received_ms(self) -> int:
        """When the event was received: what was received earlier under its id was another event."""
        return max(found.received_ms if found is not None else 0 for found in (self.claim, self.of_row))


def answer_fate(request: Request) -> Response:
    """Return the fate of the event in the path. Raises ApiError if there is none that the caller may see."""
    parameters = QueryParameters(request.query, {"website_id"})
    asker = _Asker(request.caller, parameters.website_id())
    parameters.raise_faults()
    event_id = unquote(request.path["id"])
    if not re.fullmatch(EVENT_ID, event_id):
        raise _not_found()
    known = _find_known(asker, event_id)
    failure: ApiError | None = None
    try:
        row = _find_row(asker, event_id, known)
    except ApiError as unavailable:
        row, failure = None, unavailable
    fate = _of_row(row, known) if row is not None else _of_known(known)
    if fate is None:
        raise failure or _not_found()
    meta = {} if failure is None else {"warehouse": "unavailable"}
    return Response({"event_id": event_id, **fate}, meta=meta)


def _not_found() -> ApiError:
    return ApiError(ErrorCode.EVENT_NOT_FOUND, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})


def _find_known(asker: _Asker, event_id: str) -> _Known:
    """Return what claim and receipts say of the event, as far as they are about a website that the caller may see."""
    workspace_id = asker.caller.workspace_id
    claim_name = event_claim(workspace_id, event_id)
    rejection_name = name_of(Kind.REJECTED, workspace_id, event_id)
    # A payment that was sent with an id in the form of ours has a row with another one.
    row_ids = [event_id, *([derived_id(claim_name)] if re.fullmatch(MADE_EVENT_ID, event_id) else [])]
    items = _read_items([claim_name, rejection_name, *_names_of_rows(workspace_id, row_ids)])
    claim, accepted_at = _read_claim(asker, items.get(claim_name, {}))
    if claim is not None and claim.row_id:
        if claim.row_id not in row_ids:
            items |= _read_items(_names_of_rows(workspace_id, [claim.row_id]))
        row_ids = [claim.row_id]
    # A sender may use an id again after a week: what was received before the claim was another event.
    receipts = {
        name: receipt
        for name, item in items.items()
        if name != claim_name
        and asker.may_see((receipt := Receipt.of(item)).website_id)
        and receipt.received_ms >= (0 if claim is None else claim.received_ms)
    }
    of_row = [receipts[name] for name in _names_of_rows(workspace_id, row_ids) if name in receipts]
    return _Known(
        claim,
        accepted_at,
        next((receipt for receipt in of_row if receipt.kind == Kind.QUEUED), None),
        max(of_row, key=lambda receipt: receipt.since_ms, default=None),
        receipts.get(rejection_name),
        next((row_id for row_id in row_ids if row_id != event_id), ""),
    )


def _read_claim(asker: _Asker, item: Item) -> tuple[Claim | None, int]:
    """Return the claim and when it was marked as kept. One without holders is free: its event is certainly not kept."""
    if "holders" not in item:
        return None, 0
    claim = Claim.of(item)
    return (claim, item["expires_at"] - claim.kept_seconds) if asker.may_see(claim.website_id) else (None, 0)


def _read_items(names: list[str]) -> dict[str, Item]:
    keys = [{"claim": name} for name in names]
    return {item["claim"]: item for item in tables.database().get_all(settings().claims_table, keys)}


def _names_of_rows(workspace_id: str, row_ids: list[str]) -> list[str]:
    return [name_of(kind, workspace_id, row_id) for row_id in row_ids for kind in (Kind.QUEUED, Kind.DEAD_LETTERED)]


def _find_row(asker: _Asker, event_id: str, known: _Known) -> JsonObject | None:
    """Return what the warehouse has of the event, the last one received if several websites have events of this id."""
    fixed = {"workspace_id": asker.caller.workspace_id, "event_id": event_id, "row_id": known.row_id}
    if asker.website_id is not None:
        fixed["website_id"] = asker.website_id
    rows = query_data(asker.caller, _PIPE, fixed)
    seen = (row for row in rows if asker.may_see(row["website_id"]) and _ms(row) >= known.received_ms)
    return next(seen, None)


def _ms(row: JsonObject) -> int:
    return int(row["received_ms"])  # a text, because JSON has no such large integers


def _of_row(row: JsonObject, known: _Known) -> JsonObject:
    """Return the fate of an event that the warehouse has."""
    return {
        "fate": "stored",
        **{name: row[name] for name in ("datasource", "website_id", "visitor_id", "timestamp", "received_at")},
        "counted": not row["is_bot"],
        "bot_reason": row["bot_reason"] or None,
        "copies": int(row["copies"]),
        "via": _way_of(row, known),
    }


def _way_of(row: JsonObject, known: _Known) -> str | None:
    """Return how the row came into the warehouse, or None if a receipt of that would have expired."""
    if known.queued is not None and known.queued.received_ms == _ms(row):
        return "queue"
    return "direct" if epoch_seconds() - _ms(row) / 1000 < RECEIPT_SECONDS else None


def _of_known(known: _Known) -> JsonObject | None:
    """Return the fate of an event that the warehouse does not have, or None if nothing is known of it."""
    claim, of_row, rejected = known.claim, known.of_row, known.of_rejection
    if of_row is not None and of_row.kind == Kind.QUEUED:
        return {"fate": "queued", **_trouble(of_row)}
    if of_row is not None:
        return {"fate": "dead_lettered", **_trouble(of_row), "fields": []}
    if claim is not None and claim.kept:
        return {"fate": "accepted", "accepted_at": iso_of_epoch(known.accepted_at)}
    if claim is not None:
        return {"fate": "in_progress", "since": iso_of_epoch(claim.received_ms // 1000)}
    if rejected is not None:
        return {"fate": "dead_lettered", **_trouble(rejected), "fields": rejected.fields}
    return None


def _trouble(receipt: Receipt) -> dict[str, Any]:
    return {"since": iso_of_epoch(receipt.since_ms // 1000), "reason": receipt.reason}
