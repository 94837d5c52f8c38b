"""The routes that write records, as a table over kinds, and requests to them in a workspace with a website."""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple, cast

from pixel.auth.caller import Caller, Scope
from pixel.http.run_route import LambdaHandler
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from tests.contracts.source_files import handler_module
from tests.environment import ERRORS_PAGE_URL
from tests.routes.gateway import Reply, event_of, send

Body = Mapping[str, Any]


class Managed(NamedTuple):
    """A kind of record: a body that creates one, a body that changes it, and an invalid one with the faults."""

    kind: RecordKind
    new: Body
    change: Body
    invalid: Body
    faults: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return self.kind.noun.replace(" ", "_")

    @property
    def missing(self) -> Body:
        """Return the error for one that does not exist."""
        if self.kind is WEBSITE:
            return {
                "code": "website_not_found",
                "message": "Unknown website; GET /api/v1/pixel/websites lists the websites of this workspace.",
                "docs_url": f"{ERRORS_PAGE_URL}#website_not_found",
            }
        return {
            "code": "record_not_found",
            "message": f"Unknown record; list the {self.kind.path} of this workspace to see which there are.",
            "details": {"kind": self.kind.path},
            "docs_url": f"{ERRORS_PAGE_URL}#record_not_found",
        }


KINDS = (
    Managed(
        WEBSITE,
        {"domain": "Shop.example.com", "name": "Shop", "timezone": "Europe/Berlin"},
        {"name": "Our shop", "currency": "EUR"},
        {"domain": "http://x", "timezone": "Mars/Olympus", "currency": "XXY", "nam": 1},
        (("domain", "invalid"), ("timezone", "invalid"), ("currency", "invalid"), ("nam", "unknown")),
    ),
    Managed(
        GOAL,
        {"name": "Order", "selector": "/thanks*", "value": 49.9, "currency": "EUR"},
        {"selector": "#thanks", "value": 50, "currency": None},
        {"name": " ", "selector": None, "value": -1, "currency": "XXY"},
        (("name", "invalid"), ("selector", "wrong_type"), ("value", "invalid"), ("currency", "invalid")),
    ),
    Managed(
        ALERT,
        {
            "metric": "bounce_rate",
            "threshold": 0.75,
            "channel": "slack",
            "recipients": ["#sales"],
            "name": "Bounces",
            "kind": "change",
            "direction": "below",
            "window": "1d",
            "filters": {"country": "DE", "property_key": "plan", "property_value": "pro"},
            "min_volume": 50,
            "for": 3,
            "recover": 1,
            "clear": 0.25,
            "cooldown_minutes": 60,
            "missing": "fire",
            "quiet_hours": {"from": "22:00", "to": "07:00"},
            "snoozed_until": "2099-01-01T00:00:00Z",
            "enabled": False,
        },
        {
            "threshold": 0.5,
            "recipients": None,
            "name": None,
            "for": None,
            "quiet_hours": None,
            "snoozed_until": None,
            "enabled": True,
            "filters": {"country": "US"},
        },
        {
            "metric": "speed",
            "threshold": -1,
            "kind": "trend",
            "direction": "up",
            "channel": "email",
            "recipients": ["#sales"],
            "window": "2h",
            "filters": {"visitor_id": "ann"},
            "min_volume": -1,
            "for": 0,
            "recover": 11,
            "clear": 0.6,
            "cooldown_minutes": 10_081,
            "missing": "wait",
            "quiet_hours": {"from": "25:00"},
            "snoozed_until": "2020-01-01T00:00:00Z",
            "enabled": "yes",
        },
        (
            *((name, "invalid") for name in ("metric", "kind", "direction", "threshold", "recipients.0", "window")),
            *((name, "invalid") for name in ("filters", "min_volume", "for", "recover", "clear", "cooldown_minutes")),
            *((name, "invalid") for name in ("missing", "quiet_hours", "snoozed_until")),
            ("enabled", "wrong_type"),
        ),
    ),
    Managed(
        REPORT,
        {
            "cadence": "weekly",
            "channel": "email",
            "recipients": ["ann@example.com"],
            "at": "18:30",
            "weekday": 5,
            "timezone": "Asia/Tokyo",
            "sections": ["summary", "pages"],
            "enabled": False,
        },
        {"cadence": "daily", "timezone": None, "enabled": True},
        {
            "cadence": "hourly",
            "recipients": [],
            "at": "24:00",
            "weekday": 0,
            "timezone": "Mars/Olympus",
            "sections": ["visitors"],
            "enabled": 1,
        },
        (
            *((name, "invalid") for name in ("cadence", "recipients", "at", "weekday", "timezone", "sections")),
            ("enabled", "wrong_type"),
        ),
    ),
    Managed(
        SHARE_LINK,
        {
            "name": "Investors",
            "expires_in_days": 30,
            "password": "correct horse",
            "theme": "dark",
            "panels": ["summary"],
            "filters": {"country": "DE"},
            "periods": ["7d"],
            "min_visitors": 3,
            "embed_origins": ["https://a.example.com"],
            "steps": ["/", "payment"],
        },
        {"expires_at": None, "password": None, "panels": ["funnel"], "filters": {"country": "US"}, "embed_origins": []},
        {
            "steps": ["/"],
            "panels": ["visitors"],
            "filters": {"visitor_id": "ann"},
            "periods": [],
            "embed_origins": ["http://a.example.com"],
            "theme": "blue",
            "min_visitors": 101,
            "expires_in_days": 0,
            "password": "short",
        },
        tuple(
            (name, "invalid")
            for name in (
                *("steps", "panels", "filters", "periods", "embed_origins", "theme", "min_visitors"),
                *("expires_in_days", "password"),
            )
        ),
    ),
)


class Client(NamedTuple):
    """Sends requests as a caller whose key has every scope."""

    caller: Caller

    def create(self, kind: RecordKind, body: object, key: str | None = None, **headers: str) -> Reply:
        given = headers if key is None else {**headers, "Idempotency-Key": key}
        return self.send(f"create_{_name(kind)}", body=body, headers=given)

    def get(self, kind: RecordKind, record_id: str, **query: str) -> Reply:
        return self.send(f"get_{_name(kind)}", record_id, query=query)

    def update(self, kind: RecordKind, record_id: str, body: object, **headers: str) -> Reply:
        return self.send(f"update_{_name(kind)}", record_id, body=body, headers=headers)

    def delete(self, kind: RecordKind, record_id: str, **headers: str) -> Reply:
        return self.send(f"delete_{_name(kind)}", record_id, headers=headers)

    def rotate(self, record_id: str, **headers: str) -> Reply:
        return self.send("rotate_share_link", record_id, headers=headers)

    def list(self, kind: RecordKind, **query: str) -> Reply:
        return self.send(f"list_{_name(kind)}s", query=query)

    def send(
        self,
        function: str,
        record_id: str = "",
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request. Underscores in names of headers stand for hyphens."""
        event = event_of(self.caller, function, {name: [value] for name, value in (query or {}).items()})
        event["pathParameters"] = {"id": record_id} if record_id else None
        event["body"] = None if body is None else json.dumps(body)
        for name, value in (headers or {}).items():
            event["multiValueHeaders"][name.replace("_", "-")] = [value]
        return send(handler_of(function), event)


def handler_of(function: str) -> LambdaHandler:
    return cast("LambdaHandler", import_module(handler_module(function)).handler)


def client_of(workspace_id: str = "ws_1", key_id: str = "key_1") -> Client:
    """Return a client of a workspace, which is created."""
    store = function_store()
    store.database.put(store.workspace_table, {"workspace_id": workspace_id, "item": "META"})
    return Client(Caller(workspace_id, key_id, "Backend", tuple(Scope), 100_000, None))


def new_website(client: Client, domain: str = "example.com") -> str:
    return str(data_of(client.create(WEBSITE, {"domain": domain}), 201)["id"])


def data_of(reply: Reply, status: int = 200) -> dict[str, Any]:
    assert reply.status == status, reply.body
    data: dict[str, Any] = reply.body["data"]
    return data


def rows_of(reply: Reply) -> list[dict[str, Any]]:
    assert reply.status == 200, reply.body
    rows: list[dict[str, Any]] = reply.body["data"]
    return rows


def error_of(reply: Reply, status: int) -> dict[str, Any]:
    assert reply.status == status, reply.body
    error: dict[str, Any] = reply.body["error"]
    return error


def body_of(managed: Managed, website_id: str) -> Body:
    return managed.new if managed.kind is WEBSITE else {"website_id": website_id, **managed.new}


def _name(kind: RecordKind) -> str:
    return kind.noun.replace(" ", "_")
