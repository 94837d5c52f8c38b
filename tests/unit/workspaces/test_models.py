"""Models of records: everything that is wrong is said at once, by the path of its field and without its value."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from pixel.auth import keys
from pixel.foundation.clock import now, to_iso
from pixel.foundation.errors import ErrorCode
from pixel.workspaces import vocabulary
from pixel.workspaces.alert_kind import ALERT, AlertResponse
from pixel.workspaces.alerts import AlertChanges, NewAlert
from pixel.workspaces.goal_kind import GOAL, GoalResponse
from pixel.workspaces.goals import GoalChanges, NewGoal
from pixel.workspaces.key_models import KeyRotation, NewKey
from pixel.workspaces.models import InvalidFieldsError, RecordModel, checked
from pixel.workspaces.provisioning import NewWorkspace, WorkspaceLimit
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.report_kind import REPORT, ReportResponse
from pixel.workspaces.reports import NewReport, ReportChanges
from pixel.workspaces.share_link_kind import SHARE_LINK, ShareLinkResponse
from pixel.workspaces.share_links import SHARE_LINKS, NewShareLink, ShareLinkChanges
from pixel.workspaces.website_kind import WEBSITE, WebsiteResponse
from pixel.workspaces.websites import NewWebsite, WebsiteChanges
from tests.conftest import Frozen
from tests.contracts.source_files import LAYER

_SITE = {"website_id": "admx_1"}
_KEPT = "This must not be repeated"
_VALUES: tuple[Any, ...] = (None, 5, "\x00", [], [7], -1.5, "2020-01-01T00:00:00Z", {})


def _faults(model: type[RecordModel], given: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the path and code of each fault."""
    with pytest.raises(InvalidFieldsError) as refusal:
        checked(model, given)
    assert refusal.value.error is ErrorCode.INVALID_BODY
    assert refusal.value.details == {"fields": [fault._asdict() for fault in refusal.value.faults]}
    assert _KEPT not in str(refusal.value.details)
    return [(fault.path, fault.code) for fault in refusal.value.faults]


@pytest.mark.parametrize(
    ("model", "given", "faults"),
    [
        (NewWebsite, {}, [("domain", "missing")]),
        (NewWebsite, {"domain": "http://x", "name": " "}, [("domain", "invalid"), ("name", "invalid")]),
        (NewWebsite, {"domain": 5, "name": "x" * 101}, [("domain", "wrong_type"), ("name", "invalid")]),
        (WebsiteChanges, {"domain": None}, [("domain", "wrong_type")]),
        (NewGoal, {**_SITE, "name": "two\nlines", "selector": "a["}, [("name", "invalid"), ("selector", "invalid")]),
        (NewGoal, {"website_id": "a b", "name": "Buy"}, [("website_id", "invalid"), ("selector", "missing")]),
        (GoalChanges, {"website_id": "admx_1", "owner": _KEPT}, [("website_id", "unknown"), ("owner", "unknown")]),
        (
            NewAlert,
            {**_SITE, "metric": _KEPT, "threshold": -1, "channel": "sms"},
            [("metric", "invalid"), ("threshold", "invalid"), ("channel", "invalid")],
        ),
        (
            NewAlert,
            {**_SITE, "metric": "bounce_rate", "threshold": 75, "channel": "sms"},
            [("threshold", "invalid"), ("channel", "invalid")],
        ),
        (
            NewAlert,
            {
                **_SITE,
                "metric": "visitors",
                "kind": "change",
                "threshold": 0,
                "channel": "webhook",
                "recipients": ["x"],
            },
            [("threshold", "invalid"), ("recipients.0", "invalid")],
        ),
        (
            NewAlert,
            {**_SITE, "metric": "visitors", "threshold": 0, "channel": "email", "direction": "either"},
            [("direction", "invalid")],
        ),
        (
            NewAlert,
            {**_SITE, "metric": "visitors", "threshold": 0, "channel": "email", "filters": {"goal": "Order"}},
            [("filters", "invalid")],
        ),
        (
            NewAlert,
            {**_SITE, "metric": "revenue", "kind": "anomaly", "threshold": 9, "channel": "email"},
            [("threshold", "invalid")],
        ),
        (NewAlert, {**_SITE, "metric": "visitors", "channel": "email"}, [("threshold", "missing")]),
        (AlertChanges, {"filters": {"property_value": "x"}}, [("filters", "invalid")]),
        (AlertChanges, {"quiet_hours": {"from": "07:00", "to": "07:00"}}, [("quiet_hours", "invalid")]),
        (AlertChanges, {"for_": 1}, [("for_", "unknown")]),
        (
            NewReport,
            {**_SITE, "cadence": "hourly", "channel": "slack", "recipients": ["#sales", f"{_KEPT}@b.de", "Sales"]},
            [("cadence", "invalid"), ("recipients.1", "invalid"), ("recipients.2", "invalid")],
        ),
        (ReportChanges, {"channel": "email", "recipients": ["#sales"]}, [("recipients.0", "invalid")]),
        (
            ReportChanges,
            {"channel": "email", "recipients": ["ann@example.com", "Ann@example.com"]},
            [("recipients", "invalid")],
        ),
        (
            ReportChanges,
            {"channel": "email", "recipients": ["ann@b\u00fccher.example", "ann@xn--bcher-kva.example"]},
            [("recipients", "invalid")],
        ),
        (
            NewShareLink,
            {**_SITE, "expires_at": "2020-01-01T00:00:00Z", "password": "1234567"},
            [("expires_at", "invalid"), ("password", "invalid")],
        ),
        (
            NewShareLink,
            {**_SITE, "expires_at": "soon", "password": 5},
            [("expires_at", "invalid"), ("password", "wrong_type")],
        ),
        (NewKey, {"name": "", "scopes": ["pixel:read", _KEPT]}, [("name", "invalid"), ("scopes", "invalid")]),
        (NewKey, {"scopes": "pixel:read", "key": _KEPT}, [("scopes", "wrong_type"), ("key", "invalid")]),
        (NewKey, {"test": "yes"}, [("test", "wrong_type")]),
        (NewKey, {"test": [_KEPT], "scopes": {"pixel:read": True}}, [("scopes", "wrong_type"), ("test", "wrong_type")]),
        (KeyRotation, {"grace": _KEPT, "expires_at": 5}, [("grace", "wrong_type"), ("expires_at", "wrong_type")]),
        *(
            (NewKey, {"scopes": given}, [("scopes", "wrong_type")])
            for given in (b"ab", {"pixel:read"}, iter(["pixel:read"]))
        ),
        (NewKey, {"scopes": [["pixel:read"], 5]}, [("scopes", "invalid")]),
        (
            NewKey,
            {"\ud800": 1, "name": "", "scope": []},
            [("body", "invalid"), ("name", "invalid"), ("scope", "unknown")],
        ),
        (KeyRotation, {"grace": True}, [("grace", "wrong_type")]),
        (KeyRotation, {"grace": -5}, [("grace", "invalid")]),
        (KeyRotation, {"grace": 10**12}, [("grace", "invalid")]),
        (NewWorkspace, {"name": "", "rate_limit": 0}, [("name", "invalid"), ("rate_limit", "invalid")]),
        (NewWorkspace, {"name": "Acme", "\ud800": 1}, [("body", "invalid")]),
        (NewWorkspace, {"name": "Acme", "rate_limits": 60}, [("rate_limits", "unknown")]),
        (WorkspaceLimit, {"rate_limit": True}, [("rate_limit", "invalid")]),
        (WorkspaceLimit, {"rate_limit": "60"}, [("rate_limit", "invalid")]),
    ],
)
def test_all_that_is_wrong_is_said_at_once(
    frozen: Frozen, model: type[RecordModel], given: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert _faults(model, given) == faults


@pytest.mark.parametrize("changes", [GoalChanges, AlertChanges, ReportChanges, ShareLinkChanges, WebsiteChanges])
def test_a_change_of_nothing_is_refused(changes: type[RecordModel]) -> None:
    with pytest.raises(InvalidFieldsError) as refusal:
        changes().changed()

    assert [(fault.path, fault.code) for fault in refusal.value.faults] == [("body", "missing")]


def test_what_was_given_is_stored_and_nothing_else(frozen: Frozen) -> None:
    assert checked(AlertChanges, {"threshold": 5}).given() == {"threshold": 5}
    assert checked(ShareLinkChanges, {}).given() == {}
    assert checked(ShareLinkChanges, {"expires_at": None}).given() == {"expires_at": None}
    assert checked(ShareLinkChanges, {"expires_at": "2026-03-04T08:06:11+02:00"}).given() == {
        "expires_at": "2026-03-04T06:06:11Z"
    }


@pytest.mark.parametrize("model", [NewShareLink, ShareLinkChanges])
def test_days_of_null_remove_the_expiry_of_a_share_link_only_without_an_instant(
    model: type[RecordModel], frozen: Frozen
) -> None:
    site = _SITE if model is NewShareLink else {}
    days, instant = {"expires_in_days": None}, {"expires_at": "2030-12-31T18:00:00Z"}

    def stored(given: dict[str, Any]) -> object:
        return SHARE_LINKS.to_attributes(checked(model, {**site, **given}).given())["expires_at"]

    assert stored(days) is None
    assert stored({**instant, **days}) == stored(instant) == "2030-12-31T18:00:00Z"
    assert stored({"expires_at": None, "expires_in_days": 1}) == to_iso(now() + timedelta(days=1))


@pytest.mark.parametrize("threshold", [0, 0.5, 1])
def test_a_bounce_rate_is_a_fraction(threshold: float) -> None:
    given = {**_SITE, "metric": "bounce_rate", "threshold": threshold, "channel": "email"}

    assert checked(NewAlert, given).given() == given


def test_an_address_is_stored_as_mail_is_sent_to_it() -> None:
    recipients = ["Ann@Example.COM", "bob@m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.de"]

    stored = checked(NewReport, {**_SITE, "cadence": "daily", "channel": "email", "recipients": recipients}).given()

    assert stored["recipients"] == ["Ann@example.com", "bob@xn--mnchen-3ya.de"]


@pytest.mark.parametrize(
    "moment",
    ["2026-03-04T05:06:10Z", "2020-01-01T00:00:00Z", datetime(2026, 3, 4, 6, 6, tzinfo=timezone(timedelta(hours=1)))],
)
def test_an_expiry_lies_ahead(frozen: Frozen, moment: object) -> None:
    assert _faults(NewKey, {"expires_at": moment}) == [("expires_at", "invalid")]


@pytest.mark.parametrize("text", ["2027-01-01", "2027-03-05T10:00:00", "9999-12-31T23:59:59-12:00", "90d"])
def test_an_expiry_has_a_zone(frozen: Frozen, text: str) -> None:
    assert _faults(NewKey, {"expires_at": text}) == [("expires_at", "invalid")]


def test_an_expiry_is_a_moment_in_whole_seconds(frozen: Frozen) -> None:
    new = checked(NewKey, {"expires_at": "2026-03-04T05:06:11.5Z"})

    assert new.expires_at == datetime(2026, 3, 4, 5, 6, 11, tzinfo=UTC)


def test_scopes_are_stored_in_one_order_and_once() -> None:
    scopes = ["pixel:write", "pixel:read", "pixel:write"]

    assert checked(NewKey, {"scopes": scopes}).scopes == ("pixel:read", "pixel:write")


def test_a_grace_is_never_cut_to_nothing() -> None:
    graces = {0: 0, 0.001: 1, 1: 1, 59.5: 60, timedelta(milliseconds=1): 1, timedelta(hours=1): 3600}

    assert {given: checked(KeyRotation, {"grace": given}).grace.total_seconds() for given in graces} == graces


@pytest.mark.parametrize(
    "model", [NewWebsite, NewGoal, NewAlert, NewReport, NewShareLink, NewKey, NewWorkspace, KeyRotation]
)
def test_every_message_begins_with_the_name_of_its_field(model: type[RecordModel]) -> None:
    for value in _VALUES:
        try:
            checked(model, {**dict.fromkeys(model.model_fields, value), "other": 1})
        except InvalidFieldsError as refusal:
            for fault in refusal.faults:
                assert re.fullmatch(rf"`{re.escape(fault.path)}` (must|is) .*[.?]", fault.message), fault


def test_neither_a_key_nor_a_password_is_shown_with_its_model() -> None:
    raw = keys.generate()

    assert raw not in repr(checked(NewKey, {"key": raw}))
    assert "correct horse" not in repr(checked(NewShareLink, {**_SITE, "password": "correct horse"}))
    assert "correct horse" not in repr(checked(ShareLinkChanges, {"password": "correct horse"}))


def test_alerts_watch_the_metrics_of_the_warehouse() -> None:
    metrics = get_args(vocabulary.Metric)
    listed = f"{', '.join(metrics[:-1])} or {metrics[-1]}"

    assert f'"description":"{listed}"' in (LAYER / "tinybird" / "pipes.json").read_text()


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (WEBSITE, WebsiteResponse),
        (GOAL, GoalResponse),
        (ALERT, AlertResponse),
        (REPORT, ReportResponse),
        (SHARE_LINK, ShareLinkResponse),
    ],
)
def test_pydantic_reads_an_answer_as_a_model(kind: RecordKind, answer: Any) -> None:
    schema = TypeAdapter(answer).json_schema()

    assert list(schema["properties"]) == schema["required"] == list(kind.response_attributes)
