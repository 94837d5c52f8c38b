"""Opening dashboards and guessing passwords is limited, exactly."""

from typing import TYPE_CHECKING

import pytest

from pixel.auth import passwords
from pixel.foundation import container
from tests.conftest import Frozen, Output
from tests.environment import COUNTERS_TABLE
from tests.routes.dashboard.dashboards import open_link, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_PASSWORD = "correct horse"
_ADDRESS = "203.0.113.24"


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare passwords without a hash, whose time is not what these tests are about."""
    monkeypatch.setattr(passwords, "is_right", lambda password, _written: password == _PASSWORD)


def test_an_address_opens_ten_dashboards_a_minute(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    link = share(tables)

    statuses = [open_link(link.token).status for _ in range(11)]
    refused = open_link(link.token)

    assert statuses == [200] * 10 + [429]
    assert refused.body["error"]["code"] == "too_many_attempts"
    assert refused.headers["Retry-After"] == "50"
    assert open_link(link.token, address="203.0.113.25").status == 200
    frozen.move(50)
    assert open_link(link.token).status == 200


def test_no_counter_holds_an_address(tables: "DynamoDBServiceResource") -> None:
    link = share(tables, password=_PASSWORD)
    open_link(link.token, "wrong horse")

    assert _ADDRESS not in str(tables.Table(COUNTERS_TABLE).scan()["Items"])


@pytest.mark.usefixtures("quick_hashes")
def test_an_address_may_be_wrong_five_times_in_a_quarter_of_an_hour(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    """A right password counts for nothing, and helps nobody who has been wrong too often."""
    link, other = share(tables, password=_PASSWORD), share(tables, website_id="admx_2", password=_PASSWORD)

    def attempt(password: str, token: str = link.token, address: str = _ADDRESS) -> int:
        frozen.move(7)  # else the limit of a minute comes first
        return open_link(token, password, address=address).status

    assert [attempt(_PASSWORD) for _ in range(7)] == [200] * 7
    assert [attempt("wrong horse") for _ in range(6)] == [401] * 5 + [429]
    assert attempt(_PASSWORD) == 429
    assert attempt("wrong horse", address="203.0.113.25") == 401
    assert attempt("wrong horse", token=other.token) == 401
    frozen.move(900)
    assert attempt(_PASSWORD) == 200


@pytest.mark.usefixtures("quick_hashes")
def test_a_link_takes_fifty_wrong_passwords_an_hour_from_all_addresses(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    link = share(tables, password=_PASSWORD)

    statuses = [open_link(link.token, "wrong horse", address=f"198.51.100.{number}").status for number in range(51)]

    assert statuses == [401] * 50 + [429]
    assert open_link(link.token, _PASSWORD, address="192.0.2.1").status == 429
    frozen.move(3600)
    assert open_link(link.token, _PASSWORD, address="192.0.2.1").status == 200


@pytest.mark.usefixtures("quick_hashes")
def test_without_counters_links_open_and_passwords_are_refused(
    tables: "DynamoDBServiceResource", monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    link, guarded = share(tables), share(tables, website_id="admx_2", password=_PASSWORD)
    monkeypatch.setenv("PIXEL_COUNTERS_TABLE", "test-nowhere")
    container.forget_environment()

    refused = open_link(guarded.token, _PASSWORD)

    assert open_link(link.token).status == 200
    assert (refused.status, refused.body["error"]["code"]) == (429, "too_many_attempts")
    assert refused.headers["Retry-After"] == "60"
    assert output.metric("UncountedReaders") > 0
