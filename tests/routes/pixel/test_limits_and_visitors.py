"""Who is a visitor, for how long, and how many events an address and a website may send."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from pixel.aws.json_service import AwsUnreachableError
from pixel.collect.known_keys import find_sender
from pixel.collect.visitors import visitor_of_day
from pixel.foundation import container
from tests.conftest import Frozen
from tests.routes.conftest import AwsCall
from tests.routes.keys.managed import code_of
from tests.routes.pixel.browsers import ADDRESS, FIREFOX, PAGE, add_key, add_website, post, queued

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_SECRET = "prx_of_the_proxy"
_FORWARDED = "X-Forwarded-For"


@pytest.fixture
def key(tables: "DynamoDBServiceResource", frozen: Frozen) -> str:
    add_website(tables, "admx_1")
    return add_key("admx_1")[0]


def _visitor(key: str, **given: Any) -> str:
    assert post(key, PAGE, **given).status == 202
    [row] = queued()
    return str(row.columns["visitor_id"])


def test_a_visitor_is_the_same_in_all_containers_for_a_day(key: str, frozen: Frozen) -> None:
    first = _visitor(key)
    container.forget_all()

    assert _visitor(key) == first
    assert _visitor(key, address="198.51.100.8") != first
    assert _visitor(key, user_agent="Mozilla/5.0 other") != first
    assert _visitor(key, address=f"::ffff:{ADDRESS}") == first
    assert _visitor(key, address="2001:db8::1") == _visitor(key, address="2001:db8::ffff:2")
    assert _visitor(key, address="2001:db8:0:1::1") != _visitor(key, address="2001:db8::1")


@pytest.mark.parametrize("zone", ["America/Santiago", "Asia/Beirut", "Europe/Berlin", "Pacific/Kiritimati", "UTC"])
def test_the_salt_changes_at_midnight_of_the_website_when_clocks_change_too(
    tables: "DynamoDBServiceResource", frozen: Frozen, zone: str
) -> None:
    """In Santiago and Beirut clocks change at midnight: one has no 00:00 to 00:59, the other has 23:00 twice."""
    add_website(tables, "admx_1", timezone=zone)
    raw, _ = add_key("admx_1")
    days: dict[object, set[str]] = {}
    moment = datetime(2026, 3, 27, 12, tzinfo=ZoneInfo(zone)).timestamp()
    for start in (moment, moment + 161 * 86_400, moment + 210 * 86_400):  # before changes of the clocks of 2026
        for quarter in range(3 * 24 * 2):
            frozen.seconds = start + quarter * 1800
            day = datetime.fromtimestamp(frozen.seconds, ZoneInfo(zone)).date()
            days.setdefault(day, set()).add(visitor_of_day(find_sender(raw), ADDRESS, FIREFOX))

    assert all(len(visitors) == 1 for visitors in days.values())
    assert len({visitor for visitors in days.values() for visitor in visitors}) == len(days)


def test_what_arrives_after_midnight_is_of_the_visitor_of_its_own_day(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    zone = ZoneInfo("America/New_York")
    add_website(tables, "admx_1", timezone="America/New_York")
    raw, _ = add_key("admx_1")
    frozen.seconds = datetime(2026, 3, 4, 23, 59, tzinfo=zone).timestamp()
    post(raw, PAGE)
    frozen.move(120)
    before_ms = int(frozen.seconds * 1000) - 90_000
    written = datetime.fromtimestamp(before_ms / 1000, zone).isoformat(timespec="milliseconds")
    post(raw, {**PAGE, "timestamp": before_ms}, {**PAGE, "timestamp": written}, PAGE)

    visitors: dict[str, set[str]] = {}
    for row in queued():
        day = datetime.fromisoformat(row.columns["timestamp"]).astimezone(zone).date().isoformat()
        visitors.setdefault(day, set()).add(row.columns["visitor_id"])
    assert {day: len(ids) for day, ids in visitors.items()} == {"2026-03-04": 1, "2026-03-05": 1}
    assert visitors["2026-03-04"] != visitors["2026-03-05"]


def test_two_days_later_the_salt_may_be_deleted(key: str, frozen: Frozen, aws_calls: list[AwsCall]) -> None:
    post(key, PAGE)

    [made] = [call.payload["Item"] for call in aws_calls if call.operation == "PutItem"]
    ends = datetime.fromtimestamp(int(made["expires_at"]["N"]), ZoneInfo("UTC"))
    assert ends == datetime(2026, 3, 6, tzinfo=ZoneInfo("UTC"))


def test_an_address_sends_so_many_events_a_minute(key: str, frozen: Frozen) -> None:
    statuses = [post(key, *[PAGE] * 20).status for _ in range(7)]

    assert statuses == [202] * 6 + [429]
    refused = post(key, PAGE)
    assert code_of(refused) == (429, "too_many_events")
    assert refused.headers["Retry-After"] == "50"
    assert "from this address" in refused.body["error"]["message"]
    assert post(key, PAGE, address="198.51.100.8").status == 202
    frozen.move(50)
    assert post(key, PAGE).status == 202


def test_a_website_sends_so_many_events_a_minute(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    add_website(tables, "admx_1")
    raw, _ = add_key("admx_1", limits={"collect": [30, 60], "address": [1000, 60]})

    assert [post(raw, *[PAGE] * 10, address=f"198.51.100.{n}").status for n in range(4)] == [202, 202, 202, 429]
    assert "for this website" in post(raw, PAGE).body["error"]["message"]


def test_what_an_address_sends_above_its_limit_leaves_that_of_the_website_to_others(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    add_website(tables, "admx_1")
    raw, _ = add_key("admx_1", limits={"collect": [100, 60], "address": [20, 60]})

    for number in range(12):
        frozen.move(1)  # so that other containers would hear of it
        assert post(raw, *[PAGE] * 10).status == (202 if number < 2 else 429)

    assert post(raw, *[PAGE] * 20, address="198.51.100.8").status == 202


def test_containers_share_what_they_count_once_a_second(key: str, frozen: Frozen, aws_calls: list[AwsCall]) -> None:
    for _ in range(3):
        post(key, *[PAGE] * 20)
        frozen.move(1)
    written = [call.payload for call in aws_calls if call.operation == "UpdateItem"]
    assert len(written) == 4  # twice those of the website, and of the address
    container.forget_all()

    post(key, *[PAGE] * 20)
    frozen.move(1)
    assert post(key, *[PAGE] * 20).status == 202  # 20 + 20 here, and 60 before
    assert post(key, *[PAGE] * 20).status == 202
    assert post(key, PAGE).status == 429


def test_events_are_kept_while_nobody_counts(key: str, frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    post(key, PAGE)

    def away(*_args: object, **_named: object) -> None:
        raise AwsUnreachableError("dynamodb UpdateItem", "away")

    monkeypatch.setattr("pixel.aws.tables.Database.add", away)
    frozen.move(2)

    assert post(key, *[PAGE] * 20).status == 202


@pytest.fixture
def proxied(tables: "DynamoDBServiceResource", frozen: Frozen) -> str:
    add_website(tables, "admx_1")
    return add_key("admx_1", secret=_SECRET, proxies=1)[0]


@pytest.mark.parametrize(
    "headers",
    [
        {_FORWARDED: "203.0.113.1, 192.0.2.1"},
        {_FORWARDED: "10.0.0.1, 203.0.113.1, 192.0.2.1"},
        {_FORWARDED: "203.0.113.1:50000, 192.0.2.1"},
        {"CloudFront-Viewer-Address": "203.0.113.1:443", _FORWARDED: "1.1.1.1, 192.0.2.1"},
    ],
)
def test_a_proxy_with_the_secret_says_who_the_visitor_is(proxied: str, headers: dict[str, str]) -> None:
    direct = _visitor(proxied, address="203.0.113.1")

    assert _visitor(proxied, address="192.0.2.1", headers={**headers, "X-Pixel-Proxy": _SECRET}) == direct
    for wrong in ({}, {"X-Pixel-Proxy": "prx_wrong"}, {"X-Pixel-Proxy": ""}):
        assert _visitor(proxied, address="192.0.2.1", headers={**headers, **wrong}) != direct


@pytest.mark.parametrize("headers", [{}, {_FORWARDED: "192.0.2.1"}, {_FORWARDED: "x, 192.0.2.1"}])
def test_a_proxy_that_says_nothing_usable_is_the_visitor_itself(proxied: str, headers: dict[str, str]) -> None:
    direct = _visitor(proxied, address="192.0.2.1")

    assert _visitor(proxied, address="192.0.2.1", headers={**headers, "X-Pixel-Proxy": _SECRET}) == direct


@pytest.mark.parametrize(
    ("address", "network"), [("2001:db8::1:443", "2001:db8::1"), ("[2001:db8::1]:443", "2001:db8::1")]
)
def test_cloudfront_writes_a_port_behind_addresses(proxied: str, address: str, network: str) -> None:
    headers = {"CloudFront-Viewer-Address": address, "X-Pixel-Proxy": _SECRET}

    assert _visitor(proxied, address="192.0.2.1", headers=headers) == _visitor(proxied, address=network)


@pytest.mark.parametrize(
    ("headers", "place"),
    [
        (
            {
                "CloudFront-Viewer-Country": "DE",
                "CloudFront-Viewer-Country-Region": "BY",
                "CloudFront-Viewer-City": "M%C3%BCnchen",
            },
            ("DE", "BY", "München"),
        ),
        ({"X-Pixel-Country": "fr"}, ("FR", "", "")),
        ({"X-Pixel-Country": "XX"}, ("", "", "")),
        ({"CloudFront-Viewer-Country": "T1", "CloudFront-Viewer-City": "a%00b"}, ("", "", "")),
    ],
)
def test_a_place_is_believed_with_the_secret_alone(
    proxied: str, headers: dict[str, str], place: tuple[str, str, str]
) -> None:
    post(proxied, PAGE, headers={**headers, "X-Pixel-Proxy": _SECRET})
    post(proxied, PAGE, headers=headers)

    found = [tuple(row.columns[name] for name in ("country", "region", "city")) for row in queued()]
    assert found == [place, ("", "", "")]
