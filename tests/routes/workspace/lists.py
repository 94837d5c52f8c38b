"""The five list routes, and rows for them as pixelctl stores them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from itertools import batched
from typing import Any, NamedTuple, cast

import boto3
import pytest

from pixel.auth.caller import Caller
from pixel.aws.attributes import to_item
from pixel.http.run_route import LambdaHandler
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.website_kind import WEBSITE
from tests.contracts.source_files import handler_module
from tests.environment import WORKSPACE_TABLE
from tests.routes.gateway import Reply, event_of, send

Row = dict[str, Any]

_ROWS_AT_ONCE = 25  # of one BatchWriteItem


class ListRoute(NamedTuple):
    function: str
    kind: RecordKind
    body: str  # of the answer for `row("x_1")`, byte for byte
    values: Mapping[str, Any]  # what a row has beyond id, website and moment

    @property
    def fields(self) -> set[str]:
        return {*json.loads(self.body)}

    @property
    def handler(self) -> LambdaHandler:
        return cast("LambdaHandler", import_module(handler_module(self.function)).handler)

    def row(self, record_id: str, *, workspace_id: str = "ws_1", website_id: str = "admx_1", **changes: Any) -> Row:
        """Return a row of the list; the website of a website is the website itself."""
        record_id = website_id if self.kind is WEBSITE else record_id
        own = {"id": record_id} if self.kind is WEBSITE else {"website_id": website_id}
        key = self.kind.key(workspace_id, record_id)
        return {**key, "id": record_id, "created_at": "2026-01-01T00:00:00Z", **own, **self.values, **changes}

    def ask(self, caller: Caller, **query: str | Sequence[str]) -> Reply:
        many = {name: [value] if isinstance(value, str) else value for name, value in query.items()}
        return send(self.handler, event_of(caller, self.function, many))


def _route(function: str, kind: RecordKind, body: str, **values: Any) -> ListRoute:
    return ListRoute(function, kind, body, values)


LISTS = (
    _route(
        "list_websites",
        WEBSITE,
        '{"id":"admx_1","domain":"example.com","name":"Shop","createdAt":"2026-01-01T00:00:00Z"}',
        domain="example.com",
        name="Shop",
    ),
    _route(
        "list_goals",
        GOAL,
        '{"id":"x_1","website_id":"admx_1","name":"Sign-up","selector":"#signup","created_at":"2026-01-01T00:00:00Z"}',
        name="Sign-up",
        selector="#signup",
    ),
    _route(
        "list_alerts",
        ALERT,
        '{"id":"x_1","website_id":"admx_1","metric":"visitors","threshold":100,"channel":"email",'
        '"created_at":"2026-01-01T00:00:00Z"}',
        metric="visitors",
        threshold=100,
        channel="email",
    ),
    _route(
        "list_reports",
        REPORT,
        '{"id":"x_1","website_id":"admx_1","cadence":"weekly","channel":"email","recipients":["ann@example.com"],'
        '"last_sent_at":null,"created_at":"2026-01-01T00:00:00Z"}',
        cadence="weekly",
        channel="email",
        recipients=["ann@example.com"],
        last_sent_at=None,
    ),
    _route(
        "list_share_links",
        SHARE_LINK,
        '{"id":"x_1","website_id":"admx_1","token_prefix":"share_abcd","expires_at":null,"password_protected":true,'
        '"created_at":"2026-01-01T00:00:00Z"}',
        token_prefix="share_abcd",
        token_hash="0123456789abcdef",
        password_hash="$scrypt$ln=15,r=8,p=3$c2FsdA$aGFzaA",
        password_protected=True,
        expires_at=None,
    ),
)

each_list = pytest.mark.parametrize("route", LISTS, ids=lambda route: route.function)


def store(rows: Iterable[Row]) -> None:
    client = boto3.client("dynamodb")
    for some in batched(rows, _ROWS_AT_ONCE, strict=False):
        puts: Any = [{"PutRequest": {"Item": to_item(row)}} for row in some]
        assert not client.batch_write_item(RequestItems={WORKSPACE_TABLE: puts})["UnprocessedItems"]


def ids(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [row["id"] for row in reply.body["data"]]
