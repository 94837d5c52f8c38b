"""No reader's filter, in a thousand random questions for every view, takes the place of a dashboard's own."""

from random import Random

import pytest

from pixel.dashboard.asked import METRICS, Asked
from pixel.dashboard.periods import COMPARISONS, read_period
from pixel.dashboard.share_lookup import Dashboard, to_dashboard
from pixel.dashboard.views import VIEWS
from pixel.events.filters import DASHBOARD_FILTERS
from pixel.http.query import QueryParameters
from pixel.tinybird.catalogue import catalogue
from pixel.workspaces.vocabulary import OWNER_PANELS, PANELS, PERIODS
from tests.pipes.click_parameters import CLICK_FILTERS

_QUESTIONS = 1_000
_WEBSITE = {"workspace_id": "ws_1", "id": "admx_1", "domain": "example.com", "name": "Main"}


def _dashboard(filters: dict[str, str]) -> Dashboard:
    return to_dashboard({"filters": filters, "panels": PANELS, "steps": ["/", "payment"]}, _WEBSITE)


def _asked(dice: Random) -> Asked:
    fixed = dict.fromkeys(dice.sample(DASHBOARD_FILTERS, dice.randint(1, 4)), "theirs")
    given = {name: dice.choice(("mine", "", "%")) for name in dice.sample(DASHBOARD_FILTERS, dice.randint(0, 6))}
    query: dict[str, list[str]] = {"period": [dice.choice(PERIODS[:-1])], "compare": [dice.choice(COMPARISONS)]}
    period = read_period(QueryParameters(query, ("period", "compare", "from", "to")), PERIODS, "Europe/Berlin")
    assert period is not None
    return Asked(_dashboard(fixed), period, given, dice.choice(list(METRICS)), 9)


@pytest.mark.usefixtures("frozen")
def test_a_token_fixes_the_filters_and_nothing_is_beside_it_under_the_same_name() -> None:
    dice = Random(7)
    for _ in range(_QUESTIONS):
        asked = _asked(dice)
        filters = asked.dashboard.filters
        for view in VIEWS.values():
            owned = {"workspace_id": "ws_1", "website_id": "admx_1", **filters}
            if view.panel == "links":  # they belong to no website, and clicks have no page
                owned = {name: value for name, value in owned.items() if name not in {"website_id", "path"}}
            for question in view.ask(asked).values():
                fixed, parameters = dict(question.fixed), dict(question.parameters)
                assert fixed.items() >= owned.items()
                assert fixed.keys() - owned.keys() <= {"before"}
                assert not fixed.keys() & parameters.keys()


@pytest.mark.usefixtures("frozen")
def test_every_pipe_of_a_view_takes_every_filter() -> None:
    """Else a fixed filter would be ignored there, and show what it hides."""
    pipes = {question.pipe for view in VIEWS.values() for question in view.ask(_asked(Random(1))).values()}

    assert {pipe for pipe in pipes if pipe.startswith("i_")} == {"i_summary", "i_realtime"}  # of the same shared pipes
    of_links = {pipe for pipe in pipes if pipe.startswith("l_")}
    assert CLICK_FILTERS.keys() >= {*DASHBOARD_FILTERS} - {"path"}  # of all pipes of clicks
    for pipe in sorted(pipes - {"i_summary", "i_realtime"} - of_links):
        assert set(DASHBOARD_FILTERS) <= catalogue()[pipe].parameters.keys(), pipe


def test_the_panels_of_views_are_those_of_owners_and_share_links_have_no_links_of_the_workspace() -> None:
    assert {view.panel for view in VIEWS.values()} == {*OWNER_PANELS}
    assert {*OWNER_PANELS} - {*PANELS} == {"links"}
