"""The alerts of the demo workspace at `/_local/alerts`: their states, and what their last windows were judged to be."""

import asyncio
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any, Final

from local.gateway.call import HttpRequest, HttpResponse
from local.mail_pages import STYLE
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT
from pixel.aws.tables import Database, Query
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.record_kind import DELETED_AT

ROOT: Final = "/_local/alerts"
_VERDICTS: Final = ("at", "value", "expected", "score", "verdict")


class AlertPages:
    """The page of the alerts of one workspace."""

    def __init__(self, database: Database, table: str, workspace_id: str | None) -> None:
        self._database = database
        self._table = table
        self._workspace_id = workspace_id

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return the page, or None if the request is for somebody else."""
        if request.method != "GET" or request.path != ROOT:
            return None
        alerts = await asyncio.to_thread(self._alerts)
        shown = "".join(map(_shown, alerts)) or '<p class="none">There are no alerts.</p>'
        html = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>Alerts</title><style>{STYLE}</style><h1>Alerts</h1>"
            f"<p>They are judged when their windows have ended; <code>pixelctl --local tick --at TIME</code> does it "
            f"at another time.</p>{shown}</html>"
        )
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"),
        ]
        return HttpResponse(HTTPStatus.OK, headers, html.encode())

    def _alerts(self) -> list[Item]:
        if self._workspace_id is None:
            return []
        query = Query(("workspace_id", self._workspace_id), ("item", ALERT.sort_key_prefix), where={DELETED_AT: ABSENT})
        return self._database.query(self._table, query)


def _shown(item: Mapping[str, Any]) -> str:
    alert = ALERT.to_record(item)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_text(verdict[name])}</td>' for name in _VERDICTS)}</tr>" for verdict in alert["verdicts"]
    )
    head = "".join(f"<th>{name}</th>" for name in _VERDICTS)
    table = f"<table><tr>{head}</tr>{rows}</table>" if rows else '<p class="none">No window was judged yet.</p>'
    told = ", ".join(alert["recipients"] or []) or "nobody"
    return (
        f"<h2>{_text(alert['name'] or alert['id'])}: {_text(alert['state'])}</h2>"
        f"<p>{_text(alert['kind'])} of {_text(alert['metric'])}, {_text(alert['direction'])} "
        f"{_text(alert['threshold'])}, in windows of {_text(alert['window'])}; told by {_text(alert['channel'])}: "
        f"{escape(told)}. Since {_text(alert['since'])}.</p>{table}"
    )


def _text(value: object) -> str:
    return "–" if value is None else escape(str(value))  # noqa: RUF001 - what people read
