"""What an operator writes for a record of each kind."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from pixel.workspaces.kinds import ALERT, GOAL, REPORT, SHARE_LINK, WEBSITE, RecordKind


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
        return {*self.kind.record_attributes.values()} - {"deleted_at"}


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
        ("--metric", "bounce_rate", "--threshold", "0.75", "--channel", "slack"),
        {"metric": "bounce_rate", "threshold": 0.75, "channel": "slack"},
        ("--metric", "visitors", "--threshold", "100"),
        {"metric": "visitors", "threshold": 100},
    ),
    Given(
        REPORT,
        ("--cadence", "weekly", "--channel", "email", "--recipients", "ann@example.com, bob@example.com"),
        {
            "cadence": "weekly",
            "channel": "email",
            "recipients": ["ann@example.com", "bob@example.com"],
            "last_sent_at": None,
        },
        ("--channel", "slack", "--recipients", "#sales"),
        {"channel": "slack", "recipients": ["#sales"]},
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
