"""A webhook sink and a fake Slack under `/_local/`: what deliveries reach, with faults that their addresses choose.

`POST /_local/hook/<name>` and `POST /_local/slack/<name>` take messages. `?fault=` makes them answer 429, 410 or 500
(any status from 200 to 599), `hang`, or be `cut` off. `?retry_after=` adds that header. `GET /_local/hooks` is a page
of what arrived, with each signature checked, and `GET /_local/hooks.json` the same for programs. `?name=` asks for one
receiver.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from local.gateway.call import HttpRequest, HttpResponse
from pixel.aws.conditions import PRESENT
from pixel.aws.tables import Database
from pixel.foundation.clock import to_iso
from pixel.hooks.signing import is_signed

HOOK: Final = "/_local/hook/"
SLACK: Final = "/_local/slack/"
PAGE: Final = "/_local/hooks"
CUT_OFF: Final = HttpResponse(0, [], b"")
"""In place of a response: the connection ends without one."""

_KEPT = 500
_HANG_SECONDS = 60.0
_OPEN_SECONDS = 300  # how old the time of a signature may be, as libraries have it
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1c1c28;"
    "background:#fff}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.4rem .6rem;"
    "border-bottom:1px solid #8884}pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6ef;background:#14141c}}"
)

SecretsOf = Callable[[str], Sequence[str]]
"""Returns the secrets that sign what is sent to a path."""
Signature = Literal["valid", "invalid", "missing"]


class Arrived(NamedTuple):
    """A message that arrived, and how it was answered."""

    at: str
    kind: Literal["hook", "slack"]
    name: str
    answered: str
    signature: Signature | None  # none for Slack, whose messages have no signature
    webhook_id: str | None
    body: Any


class HookReceivers:
    """The receivers of all destinations that lead here. What arrived is forgotten when the stack stops."""

    def __init__(self, secrets_of: SecretsOf) -> None:
        self._secrets_of = secrets_of
        self._arrived: deque[Arrived] = deque(maxlen=_KEPT)

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return the response to a request below `/_local/`, or None if it is for nobody here."""
        if request.method == "POST" and request.path.startswith((HOOK, SLACK)):
            return await self._take(request)
        if request.method == "GET" and request.path in {PAGE, f"{PAGE}.json"}:
            name = dict(request.query).get("name")
            found = [one for one in reversed(self._arrived) if name in (None, one.name)]
            return _page(found) if request.path == PAGE else _json([one._asdict() for one in found])
        if request.method == "DELETE" and request.path == PAGE:
            self._arrived.clear()
            return _json([])
        return None

    async def _take(self, request: HttpRequest) -> HttpResponse:
        is_hook = request.path.startswith(HOOK)
        asked = dict(request.query)
        fault = asked.get("fault", "200")
        self._arrived.append(
            Arrived(
                at=to_iso(datetime.now(UTC)),
                kind="hook" if is_hook else "slack",
                name=request.path.rpartition("/")[2],
                answered=fault,
                signature=await asyncio.to_thread(self._check, request) if is_hook else None,
                webhook_id=request.header("webhook-id"),
                body=_parsed(request.body),
            )
        )
        if fault == "hang":
            await asyncio.sleep(_HANG_SECONDS)
        if fault in {"hang", "cut"} or not (fault.isdecimal() and 200 <= int(fault) < 600):
            return CUT_OFF
        headers = [("Content-Type", "text/plain")]
        if "retry_after" in asked:
            headers.append(("Retry-After", asked["retry_after"]))
        return HttpResponse(int(fault), headers, b"ok" if fault == "200" else b"no")

    def _check(self, request: HttpRequest) -> Signature:
        headers = {name.lower(): value for name, value in request.headers}
        if "webhook-signature" not in headers:
            return "missing"
        try:
            age = datetime.now(UTC).timestamp() - int(headers.get("webhook-timestamp", ""))
        except ValueError:
            return "invalid"
        is_valid = abs(age) <= _OPEN_SECONDS and is_signed(headers, request.body, self._secrets_of(request.path))
        return "valid" if is_valid else "invalid"


def secrets_in(database: Database, table: str) -> SecretsOf:
    """Return what looks up, in the table of secrets, what signs messages to a path."""

    def secrets_of(path: str) -> Sequence[str]:
        found = database.scan(table, {"url": PRESENT}) if table else []  # a template of a test may have no table
        rows = [row for row in found if urlsplit(row["url"]).path == path]
        return [row[name] for row in rows for name in ("secret", "previous_secret") if row.get(name)]

    return secrets_of


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _json(content: Any) -> HttpResponse:
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
    return HttpResponse(HTTPStatus.OK, headers, json.dumps({"data": content}).encode())


def _page(found: Sequence[Arrived]) -> HttpResponse:
    rows = "".join(
        f"<tr><td>{escape(one.at)}</td><td>{one.kind}/{escape(one.name)}</td><td>{escape(one.answered)}</td>"
        f"<td>{one.signature or '-'}</td><td>{escape(one.webhook_id or '-')}</td>"
        f"<td><pre>{escape(json.dumps(one.body, indent=2, ensure_ascii=False))}</pre></td></tr>"
        for one in found
    )
    names = "".join(f"<th>{name}</th>" for name in ("At", "Receiver", "Answered", "Signature", "webhook-id", "Body"))
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Deliveries</title><style>{_STYLE}</style><h1>Deliveries that arrived here</h1>"
        f"<table><tr>{names}</tr>{rows}</table>{'' if rows else '<p>None yet.</p>'}</html>"
    )
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ]
    return HttpResponse(HTTPStatus.OK, headers, html.encode())
