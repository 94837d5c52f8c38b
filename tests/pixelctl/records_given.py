"""What an operator writes for a record of each kind."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.website_kind import WEBSITE


class Given(NamedTuple):
    kind: RecordKind
    options: tuple[str, ...]
    stored: Mapping[str, object]
    change: tuple[str, ...]
    changed: Mapping[str, object]

    @property
    def command(self) -> str:
        return self.kind.noun.replace(" ", "-")

    @property
    def listed(self) -> tuple[str, ...]:
        return tuple(self.kind.response_attributes.values())

    @property
    def shown(self) -> set[str]:
        stored = {
            attribute for field, attribute in self.kind.record_attributes.items() if field not in self.kind.derived
        }
        return {*stored, *self.kind.derived} - {"deleted_at", "recipient_states"}


GIVEN = (
    Given(
        WEBSITE,
        ("--domain", "Shop.Example.com", "--name", "Shop", "--timezone", "Europe/Berlin"),
        {"domain": "shop.example.com", "name": "Shop", "timezone": "Europe/Berlin"},
        ("--name", "Our shop", "--currency", "eur"),
        {"name": "Our shop", "currency": "EUR"},
    ),
    Given(
        GOAL,
        ("--name", "Sign-up", "--selector", "#signup", "--value", "49.9", "--currency", "eur"),
        {"name": "Sign-up", "selector": "#signup", "value": 49.9, "currency": "EUR"},
        ("--selector", "/thanks*", "--value", "50", "--currency", "none"),
        {"selector": "/thanks*", "value": 50, "currency": None},
    ),
    Given(
        ALERT,
        (
            *("--metric", "bounce_rate", "--threshold", "0.75", "--channel", "slack", "--recipients", "#sales"),
            *("--name", "Bounces", "--window", "1d", "--filters", "country=de,path=/pricing", "--min-volume", "50"),
            *("--for", "3", "--recover", "1", "--clear", "0.25", "--cooldown-minutes", "60", "--missing", "ok"),
            *("--quiet-hours", "22:00-07:00", "--snoozed-until", "2099-12-31", "--enabled", "false"),
        ),
        {
            "metric": "bounce_rate",
            "threshold": 0.75,
            "channel": "slack",
            "recipients": ["#sales"],
            "name": "Bounces",
            "window": "1d",
            "filters": {"country": "DE", "path": "/pricing"},
            "min_volume": 50,
            "for": 3,
            "recover": 1,
            "clear": 0.25,
            "cooldown_minutes": 60,
            "missing": "ok",
            "quiet_hours": {"from": "22:00", "to": "07:00"},
            "snoozed_until": "2099-12-31T00:00:00Z",
            "enabled": False,
        },
        (
            *("--metric", "visitors", "--threshold", "3", "--kind", "anomaly", "--direction", "either"),
            *("--recipients", "none", "--for", "none", "--quiet-hours", "none", "--snoozed-until", "never"),
        ),
        {
            "metric": "visitors",
            "threshold": 3,
            "kind": "anomaly",
            "direction": "either",
            "recipients": None,
            "for": None,
            "quiet_hours": None,
            "snoozed_until": None,
        },
    ),
    Given(
        REPORT,
        (
            *("--cadence", "weekly", "--channel", "email", "--recipients", "ann@example.com, bob@example.com"),
            *("--at", "18:30", "--weekday", "5", "--timezone", "Asia/Tokyo", "--sections", "pages,summary"),
        ),
        {
            "at": "18:30",
            "weekday": 5,
            "timezone": "Asia/Tokyo",
            "sections": ["summary", "pages"],
            "cadence": "weekly",
            "channel": "email",
            "recipients": ["ann@example.com", "bob@example.com"],
            "last_sent_at": None,
        },
        ("--channel", "slack", "--recipients", "#sales", "--timezone", "none", "--enabled", "false"),
        {"channel": "slack", "recipients": ["#sales"], "timezone": None, "enabled": False},
    ),
    Given(
        SHARE_LINK,
        ("--expires", "2099-12-31", "--filters", "country=de, device=mobile", "--min-visitors", "3", "--theme", "dark"),
        {
            "expires_at": "2099-12-31T00:00:00Z",
            "password_protected": False,
            "filters": {"country": "DE", "device": "mobile"},
            "min_visitors": 3,
            "theme": "dark",
            "periods": ["today", "yesterday", "7d", "28d", "30d", "month", "12mo", "custom"],
        },
        ("--expires", "never", "--panels", "funnel,summary", "--steps", "/,goal:signup", "--filters", ""),
        {"expires_at": None, "panels": ["summary", "funnel"], "steps": ["/", "goal:signup"], "filters": {}},
    ),
)

each_kind = pytest.mark.parametrize("given", GIVEN, ids=lambda given: given.command)
