"""When a key was last used is known to the hour, and costs a container one write an hour."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from functions.me.get_me.handler import handler
from pixel.auth import key_use
from pixel.auth.caller import Caller
from pixel.aws.tables import Database, Key
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.settings import settings
from tests.conftest import Frozen, Output
from tests.routes.gateway import event_of, send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")

_CALLER = Caller("ws_1", "key_1", "Backend", (), 2, None)
_OTHER = _CALLER._replace(key_id="key_2")


_KEYS = ("key_1", "key_2", "key_3")


def _hour() -> datetime:
    return datetime.fromtimestamp(epoch_seconds() // 3600 * 3600, UTC)


def test_a_key_is_written_once_an_hour_whatever_number_of_requests(
    monkeypatch: pytest.MonkeyPatch, frozen: Frozen
) -> None:
    frozen.seconds = 1_800_000_000  # at the beginning of an hour
    assert key_use.last_uses("ws_1", _KEYS) == {}
    written: list[str] = []
    write = Database.set_attributes

    def noted(database: Database, table: str, key: Key, values: Mapping[str, object]) -> None:
        written.append(str(values["key_id"]))
        write(database, table, key, values)

    monkeypatch.setattr(Database, "set_attributes", noted)

    for _ in range(3):
        key_use.record_use(_CALLER)
    key_use.record_use(_OTHER)

    assert written == ["key_1", "key_2"]
    first = _hour()
    assert key_use.last_uses("ws_1", _KEYS) == {"key_1": first, "key_2": first}
    frozen.move(3600)
    key_use.record_use(_CALLER)
    assert key_use.last_uses("ws_1", _KEYS) == {"key_1": _hour(), "key_2": first}


def test_a_route_records_the_use_of_its_key_whatever_it_answers_but_429() -> None:
    callers = [_CALLER, _CALLER._replace(key_id="key_2", scopes=("nonsense",)), _CALLER._replace(key_id="key_3")]

    assert [send(handler, event_of(caller)).status for caller in callers] == [200, 200, 429]

    assert key_use.last_uses("ws_1", _KEYS).keys() == {"key_1", "key_2"}


def test_a_store_that_is_down_is_not_asked_again_for_it(store_down: Callable[[], None], output: Output) -> None:
    store_down()

    reply = send(handler, event_of(_CALLER))

    assert reply.status == 200
    assert output.logged("use of a key was not recorded") == []


def test_a_write_that_fails_is_logged_and_not_repeated_within_the_hour(
    store_down: Callable[[], None], output: Output
) -> None:
    store_down()

    key_use.record_use(_CALLER)
    key_use.record_use(_CALLER)

    (line,) = output.logged("use of a key was not recorded")
    assert line["key_id"] == "key_1"


def test_a_workspace_with_any_number_of_keys_has_a_small_item_for_each(tables: "DynamoDBServiceResource") -> None:
    ids = [f"key_{number}" for number in range(101)]
    for key_id in ids:
        key_use.record_use(_CALLER._replace(key_id=key_id))

    assert key_use.last_uses("ws_1", ids).keys() == set(ids)
    assert key_use.last_uses("ws_2", ids) == key_use.last_uses("ws_1", []) == {}
    items = tables.Table(settings().counters_table).scan()["Items"]
    assert len(items) == len(ids)
    assert {tuple(sorted(item)) for item in items} == {("expires_at", "key_id", "used_at", "workspace_minute")}
