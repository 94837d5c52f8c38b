"""Filters of a share link cannot be lifted: a thousand random questions see nothing outside."""

import json
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

import jwt
import pytest

from functions.dashboard.get_share_data.handler import handler
from pixel.foundation import connections
from tests.local.tinybird.running import StandIn
from tests.routes.dashboard.dashboards import (
    ALL_PANELS,
    SHARED_VIEWS,
    SharedLink,
    add_visits,
    asking,
    session_of,
    share,
    visit,
)
from tests.thorough import depth, some_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_INSIDE, _OUTSIDE = "inside", "beyond"
_FIXED = {"country": "DE", "device": "mobile", "utm_source": _INSIDE}
_REQUESTS, _AT_ONCE = depth("TESTS_SHARE_REQUESTS", usual=28, thorough=112), 9
_EVERY_ATTEMPT: tuple[dict[str, str], ...] = (
    {"country": "FR", "utm_source": _OUTSIDE, "device": "desktop"},
    {},
    {"country": "", "device": "tv", "utm_source": "%"},
    {"path": f"/{_OUTSIDE}", "utm_source": "' OR 1=1 --"},
)
"""Filters of readers: few, so that most answers are those of an earlier question. tests/unit/dashboard has more."""
_ATTEMPTS = some_of(_EVERY_ATTEMPT, 2)


def _visits() -> Iterator[dict[str, Any]]:
    """Yield visits that differ from those inside in one of the fixed filters, or in all of them."""
    inside = {"country": "DE", "device": "mobile", "utm_source": _INSIDE}
    others = ({"country": "FR"}, {"device": "desktop"}, {"utm_source": _OUTSIDE}, {"country": "FR", "device": "tv"})
    for place, changed in enumerate(({}, {}, *others)):
        mark = _OUTSIDE if changed else _INSIDE
        named = ("browser", "os", "language", "region", "city", "llm_engine", "utm_campaign", "referrer_host")
        yield visit(
            **{**inside, **changed}, **dict.fromkeys(named, mark), path=f"/{mark}", visitor_id=f"{mark}-{place}"
        )


@pytest.fixture
def link(tables: "DynamoDBServiceResource", warehouse: StandIn) -> SharedLink:
    workspace_id = f"ws_{uuid4().hex}"
    visits = list(_visits())
    add_visits(warehouse, workspace_id, *visits)
    outside = [row for row in visits if row["path"] == f"/{_OUTSIDE}"]
    goals = [{**row, "event_id": uuid4().hex, "goal_name": _OUTSIDE} for row in outside]
    add_visits(warehouse, workspace_id, *goals, datasource="custom_goals")
    return share(tables, workspace_id, panels=ALL_PANELS, steps=["/", "/x"], filters=_FIXED)


@pytest.fixture
def asked_of_pipes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, str], dict[str, list[str]]]]:
    """Record what each token fixes, and the parameters beside it."""
    found: list[tuple[dict[str, str], dict[str, list[str]]]] = []
    send = connections.send

    def noted(pool: Any, request: connections.Request, **limits: Any) -> connections.Response:
        if "/v0/pipes/" in request.target:
            token = request.headers["authorization"].removeprefix("Bearer ")
            [scope] = jwt.decode(token, options={"verify_signature": False})["scopes"]
            found.append((scope["fixed_params"], parse_qs(request.target.partition("?")[2])))
        return send(pool, request, **limits)

    monkeypatch.setattr(connections, "send", noted)
    return found


def _question(dice: Random) -> dict[str, str | list[str]]:
    filters = dice.choice(_ATTEMPTS)
    return {
        "panels": ",".join(dice.sample(SHARED_VIEWS, _AT_ONCE)),
        "period": "7d",
        "compare": "none",
        **{f"f.{name}": value for name, value in filters.items()},
    }


def test_a_thousand_random_questions_see_nothing_outside(
    link: SharedLink, asked_of_pipes: list[tuple[dict[str, str], dict[str, list[str]]]]
) -> None:
    dice = Random(20261128)
    session = session_of(link)
    seen: set[int] = set()
    for number in range(_REQUESTS):
        response = handler(asking(session, _question(dice), address=f"198.51.100.{number}"), None)

        assert response["statusCode"] == 200, response["body"]
        data = json.loads(response["body"])["data"]
        assert data["failed"] == {}
        assert _OUTSIDE not in json.dumps(data["panels"])
        seen |= {
            row["visitors"] for panel in data["panels"].values() for row in panel.get("rows", ()) if "visitors" in row
        }
        seen.add(data["panels"].get("summary", {"now": {"visitors": 0}})["now"]["visitors"])

    assert seen == {0, 2}
    assert len(asked_of_pipes) > len(_ATTEMPTS) * len(SHARED_VIEWS) // 2
    for fixed, parameters in asked_of_pipes:
        assert fixed.items() >= {**_FIXED, "workspace_id": link.workspace_id, "website_id": link.website_id}.items()
        assert not fixed.keys() & parameters.keys()


def test_without_the_filters_there_is_more_to_see(tables: "DynamoDBServiceResource", link: SharedLink) -> None:
    """Else the test above would see nothing outside, whatever is asked."""
    open_link = share(tables, link.workspace_id, link.website_id)
    asked = asking(session_of(open_link), {"panels": "summary,pages,browsers,cities,goals", "compare": "none"})

    data = json.loads(handler(asked, None)["body"])["data"]

    assert data["panels"]["summary"]["now"]["visitors"] == 6
    assert json.dumps(data["panels"]).count(_OUTSIDE) == 3  # a page, a browser and a goal
