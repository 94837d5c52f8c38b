"""Every report of analytics against the oracle: random clicks in the warehouse, asked for through the functions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from random import Random
from typing import Any

import pytest

from pixel.foundation.settings import settings
from tests.local.tinybird.running import StandIn
from tests.pipes.click_parameters import CLICK_FILTERS
from tests.pipes.click_rows import click_scene_of
from tests.pipes.comparison import as_printed
from tests.pipes.generate import Scene
from tests.pipes.oracle import clicks
from tests.pipes.oracle.overview import window_before
from tests.pipes.oracle.question import Question, Window
from tests.routes.smart_links.clicked_links import ClickedLinks, as_asked
from tests.thorough import depth

pytestmark = pytest.mark.usefixtures("output")

_SCENES = depth("TESTS_ANALYTICS_SCENES", usual=1, thorough=3)
_GRANULARITIES = ("hour", "day", "week", "month")
_LISTS = {
    "continents": "continent",
    "regions": "region",
    "cities": "city",
    "referrers": "referrer",
    "languages": "language",
    "triggers": "trigger",
}
_LISTS_OF_WORKSPACE = {"countries": "country", "campaigns": "campaign_id", "tags": "tag", "folders": "folder_id"}
_DEVICES = {"deviceData": "device", "browserData": "browser", "osData": "os"}
_UTM = {f"{name}Data": f"utm_{name}" for name in ("source", "medium", "campaign", "term", "content")}
_NAMES = {
    "link_id": "linkId",
    "campaign_id": "campaignId",
    "folder_id": "folderId",
    "rule_id": "ruleId",
    "tag_name": "tag",
}


def test_every_report_is_that_of_the_oracle(warehouse: StandIn) -> None:
    counted = 0
    for seed in range(1, 1 + _SCENES):
        scene, links = click_scene_of(Random(seed)), ClickedLinks(warehouse)
        links.click(scene.tenants[0]["clicks"])
        view = _View(links, scene)
        counted += clicks.totals(view.question)[0]["clicks"]

        view.compare("/api/analytics", "overview", linked=False)
        for linked in (False, True):
            view.compare_reports(linked=linked)
        view.compare_clicks()
    assert counted > 6 * _SCENES


class _View:
    """One period and some filters, as callers ask for them and as the oracle is asked."""

    def __init__(self, links: ClickedLinks, scene: Scene) -> None:
        self.links, self.dice = links, scene.dice
        filters = {name: self.dice.choice(CLICK_FILTERS[name]) for name in self._some_filters()}
        bots = self.dice.choice(("true", "false", ""))
        names = self.dice.choice((("from", "to"), ("start", "end")))
        given = {_NAMES.get(name, name): value for name, value in filters.items() if value}
        if "linkId" in given:
            given["linkId"] = filters["link_id"] = links.links[given["linkId"] or "link_a"]["id"]
        self.query = {
            **dict(zip(names, map(as_asked, (scene.start.astimezone(UTC), scene.end.astimezone(UTC))), strict=True)),
            "timezone": scene.zone,
            **given,
            **({"includeBots": bots} if bots else {}),
        }
        asked = {
            "workspace_id": links.workspace_id,
            "date_from": f"{scene.start.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            "date_to": f"{scene.end.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            "timezone": scene.zone,
            "include_bots": "1" if bots == "true" else "0",
            **filters,
        }
        self.question = Question({"clicks": links.rows}, asked, scene.end)

    def compare_reports(self, *, linked: bool) -> None:
        link = self.links.links["link_a"]
        prefix = f"/api/analytics/{link['id']}" if linked else "/api/analytics/workspace"
        if linked:
            self.compare(prefix, "overview", linked=True)
        self.compare(f"{prefix}/{'summary' if linked else 'overview'}", "overview", linked=linked)
        for granularity in self.dice.sample(_GRANULARITIES, 2):
            self.compare(f"{prefix}/timeseries", "timeseries", linked=linked, granularity=granularity)
        dimensions = {**_LISTS, **({"geo": "country"} if linked else _LISTS_OF_WORKSPACE)}
        for report in (*dimensions, "devices", "utm", "rules" if linked else "links"):
            limit = {"limit": self.dice.choice(("1", "3", "1000"))} if report != "rules" else {}
            self.compare(f"{prefix}/{report}", dimensions.get(report, report), linked=linked, **limit)

    def compare(self, path: str, report: str, *, linked: bool, **own: str) -> None:
        query, question = dict(self.query), self.question
        if linked:
            query.pop("linkId", None)
            link_id = self.links.links["link_a"]["id"]
            question = replace(question, parameters={**question.parameters, "link_id": link_id})
        question = replace(question, parameters={**question.parameters, **own})
        got = self.links.answer(path, {**query, **own})

        assert got == _as_json(_expected(report, question, self.links)), (path, query, own)

    def compare_clicks(self) -> None:
        rows = clicks.list_clicks(replace(self.question, parameters={**self.question.parameters, "limit": "1000"}))
        reply = self.links.ask("/api/analytics/clicks", {**self.query, "page": "2", "limit": "3"})

        assert reply.body["pagination"] == {"total": len(rows), "page": 2, "limit": 3, "hasMore": len(rows) > 6}
        assert reply.body["data"] == _as_json([_click(row) for row in rows[3:6]])

    def _some_filters(self) -> list[str]:
        return self.dice.sample(sorted(CLICK_FILTERS), self.dice.choice((0, 0, 1)))


def _expected(report: str, question: Question, links: ClickedLinks) -> object:
    match report:
        case "overview":
            return {**_totals(question), "previous": _totals(_in(question, window_before(question)))}
        case "timeseries":
            points = [_point(row) for row in clicks.series(question)]
            return {"timeseries": points, "granularity": question.text("granularity")}
        case "devices" | "utm":
            names = _DEVICES if report == "devices" else _UTM
            return {name: _top(question, dimension) for name, dimension in names.items()}
        case "links":
            return [{**row, **_link_of(links, row["dimension"])} for row in _top(question, "link_id")]
    return _rules(question) if report == "rules" else _top(question, report)


def _link_of(links: ClickedLinks, link_id: str) -> dict[str, str | None]:
    link = next((link for link in links.links.values() if link["id"] == link_id), None)
    if link is None:
        return {"shortUrl": None, "title": None}
    return {"shortUrl": f"{settings().links_url}/{link['code']}", "title": link["title"]}


def _in(question: Question, window: Window) -> Question:
    dates = {"date_from": f"{window.start:%Y-%m-%d %H:%M:%S}", "date_to": f"{window.end:%Y-%m-%d %H:%M:%S}"}
    return replace(question, parameters={**question.parameters, **dates})


def _totals(question: Question) -> dict[str, Any]:
    [row] = clicks.totals(question)
    return {
        "clicks": row["clicks"],
        "uniqueClicks": row["unique"],
        "qrScans": row["qr_scans"],
        "botClicks": row["bot_clicks"],
        "lastClickedAt": row["last_clicked_at"],
    }


def _point(row: Mapping[str, Any]) -> dict[str, Any]:
    local = row["bucket"][:19]
    return {
        "timestamp": local,
        "clicks": row["clicks"],
        "uniqueVisitors": row["unique"],
        "uniqueClicks": row["unique"],
    }


def _top(question: Question, dimension: str) -> list[dict[str, Any]]:
    asked = replace(question, parameters={**question.parameters, "dimension": dimension})
    return [
        {
            "dimension": row["value"],
            "clicks": row["clicks"],
            "uniqueClicks": row["unique"],
            "unique_clicks": row["unique"],
            "percentage": round(100 * row["share"], 2),
            **({"country": row["country"]} if dimension in {"region", "city"} else {}),
        }
        for row in clicks.top(asked)
    ]


def _rules(question: Question) -> list[dict[str, Any]]:
    rows = [
        {
            "ruleId": row["rule_id"] or None,
            "name": None,
            "variant": row["variant"],
            "destinationUrl": None,
            "destinationHost": row["destination_host"],
            "clicks": row["clicks"],
            "uniqueClicks": row["unique"],
        }
        for row in clicks.rules(question)
    ]
    none = {"ruleId": None, "name": None, "variant": 0, "destinationUrl": None, "destinationHost": ""}
    none |= {"clicks": 0, "uniqueClicks": 0}
    return rows if any(row["ruleId"] is None for row in rows) else [*rows, none]


def _click(row: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: name.split("_") for name in row}
    shown = {first + "".join(word.capitalize() for word in rest): row[name] for name, (first, *rest) in words.items()}
    return {**shown, "isBot": bool(row["is_bot"])}


def _as_json(value: Any) -> Any:
    """Return the value as JSON has it, with fractions as they are."""
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value if isinstance(value, float) else as_printed(value)
