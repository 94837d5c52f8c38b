"""The pipes of short links, l_...: clicks, their visitors and their values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from tests.pipes.oracle.numbers import grouped
from tests.pipes.oracle.periods import bucket, bucket_key, buckets, printed
from tests.pipes.oracle.question import Question, Row, Window

_CLICKED = {"redirected", "interstitial", "tracked"}
# A parameter, the column that it is compared with, and how the parameter is read.
_FILTERS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    **{
        name: (name, str)
        for name in (
            *(
                "link_id",
                "campaign_id",
                "domain",
                "folder_id",
                "rule_id",
                "region",
                "city",
                "browser",
                "os",
                "language",
            ),
            *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
        )
    },
    "country": ("country", str.upper),
    **{name: (name, str.lower) for name in ("device", "channel", "trigger")},
    "referrer": ("referrer_host", str),
}
_SHOWN = (
    *("link_id", "domain", "code", "campaign_id", "folder_id", "tags", "rule_id", "variant", "destination_host"),
    *("status", "outcome", "trigger", "country", "continent", "region", "city", "language", "device", "browser", "os"),
    *("referrer", "referrer_host", "channel", "llm_engine"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "is_bot", "bot_reason"),
)
_DEFAULTS: Mapping[str, Any] = {"tags": [], "variant": 0, "is_bot": 0, "trigger": "link"}


@dataclass(frozen=True)
class Click:
    """A request of a short link, under the names of its columns."""

    row: Mapping[str, Any]

    def value(self, column: str) -> Any:
        return self.row.get(column, _DEFAULTS.get(column, ""))

    @cached_property
    def timestamp(self) -> datetime:
        return datetime.fromisoformat(self.row["timestamp"])

    @property
    def is_bot(self) -> bool:
        return bool(self.value("is_bot"))

    def values_of(self, dimension: str) -> set[str]:
        """Return each of the tags, or the one value of any other dimension."""
        if dimension == "tag":
            return set(self.value("tags"))
        return {self.value("referrer_host" if dimension == "referrer" else dimension)}


def rows_of(question: Question) -> list[Click]:
    """Return one row for each click_id of the workspace, the last received."""
    last: dict[str, Mapping[str, Any]] = {}
    for row in question.tables["clicks"]:
        known = last.get(row["click_id"])
        if row["workspace_id"] == question.parameters["workspace_id"] and (
            known is None or _received_at(row) > _received_at(known)
        ):
            last[row["click_id"]] = row
    return [Click(row) for row in last.values()]


def matching(question: Question, window: Window) -> list[Click]:
    """Return the rows in the window that meet all filters, whatever their outcome."""
    return [row for row in rows_of(question) if window.holds(row.timestamp) and _meets_filters(question, row)]


def clicks(question: Question) -> list[Click]:
    return [row for row in matching(question, question.window) if _is_click(question, row)]


def unique(counted: Iterable[Click]) -> int:
    return len({click.value("visitor_hash") for click in counted})


def totals(question: Question) -> list[Row]:
    counted = clicks(question)
    bots = [
        row
        for row in matching(question, question.window)
        if row.is_bot and row.value("outcome") in _CLICKED | {"preview"}
    ]
    return [
        {
            "clicks": len(counted),
            "unique": unique(counted),
            "qr_scans": sum(click.value("trigger") == "qr" for click in counted),
            "bot_clicks": len(bots),
            "last_clicked_at": max((click.timestamp for click in counted), default=None),
        }
    ]


def link_totals(question: Question) -> list[Row]:
    """Count all time, whatever the window, the filters and include_bots say."""
    asked = question.text("link_ids").split(",")
    of_links = grouped(
        (row for row in rows_of(question) if not row.is_bot and row.value("outcome") in _CLICKED),
        lambda click: str(click.value("link_id")),
    )
    return [
        {
            "link_id": link_id,
            "clicks": len(of_link),
            "unique": unique(of_link),
            "last_clicked_at": max(click.timestamp for click in of_link),
        }
        for link_id, of_link in sorted(of_links.items(), key=lambda item: item[0].encode())
        if link_id in asked
    ]


def series(question: Question) -> list[Row]:
    granularity, zone = question.text("granularity", "day"), question.zone
    placed = grouped(clicks(question), lambda click: bucket_key(bucket(click.timestamp, granularity, zone)))
    return [
        {
            "bucket": printed(one),
            "clicks": len(placed.get(bucket_key(one), [])),
            "unique": unique(placed.get(bucket_key(one), [])),
        }
        for one in buckets(question.window, granularity, zone)
    ]


def top(question: Question) -> list[Row]:
    dimension = question.text("dimension", "country")
    counted = clicks(question)
    has_country = dimension in {"region", "city"}
    places: dict[tuple[str, str], list[Click]] = {}
    for click in counted:
        for value in click.values_of(dimension):
            places.setdefault((value, click.value("country") if has_country else ""), []).append(click)
    ordered = sorted(places.items(), key=lambda item: (-len(item[1]), item[0][0].encode(), item[0][1].encode()))
    rows: list[Row] = [
        {
            "value": value,
            "country": country,
            "clicks": len(of_value),
            "unique": unique(of_value),
            "share": len(of_value) / len(counted),
        }
        for (value, country), of_value in ordered
    ]
    return question.page_of(rows)


def properties(question: Question) -> list[Row]:
    return [row for dimension in question.text("dimensions").split(",") for row in _values_of(question, dimension)]


def rules(question: Question) -> list[Row]:
    by_rule: dict[tuple[str, int], list[Click]] = {}
    for click in clicks(question):
        rule_id = click.value("rule_id")
        by_rule.setdefault((rule_id, click.value("variant") if rule_id else 0), []).append(click)
    ordered = sorted(by_rule.items(), key=lambda item: (-len(item[1]), item[0][0].encode(), item[0][1]))
    return [
        {
            "rule_id": rule_id,
            "variant": variant,
            "destination_host": max(of_rule, key=_age).value("destination_host"),
            "clicks": len(of_rule),
            "unique": unique(of_rule),
        }
        for (rule_id, variant), of_rule in ordered
    ]


def list_clicks(question: Question) -> list[Row]:
    newest = sorted(clicks(question), key=lambda click: click.value("click_id").encode())
    newest.sort(key=lambda click: click.timestamp, reverse=True)
    return question.page_of(
        [
            {
                "click_id": click.value("click_id"),
                "timestamp": click.timestamp,
                **{column: click.value(column) for column in _SHOWN},
            }
            for click in newest
        ]
    )


def live(question: Question) -> list[Row]:
    """Count the clicks of the thirty whole minutes before the one of the question."""
    end = question.now.replace(second=0, microsecond=0)
    starts = [end - timedelta(minutes=minutes) for minutes in range(30, 0, -1)]
    counted = [row for row in matching(question, Window(starts[0], end)) if _is_click(question, row)]
    in_minutes = grouped(counted, lambda click: click.timestamp.replace(second=0, microsecond=0))
    return [{"minute": f"{start:%Y-%m-%dT%H:%M:%SZ}", "clicks": len(in_minutes.get(start, []))} for start in starts]


def _values_of(question: Question, dimension: str) -> Sequence[Row]:
    by_value: dict[str, list[Click]] = {}
    counted = clicks(question)
    for click in counted:
        for value in click.values_of(dimension):
            by_value.setdefault(value, []).append(click)
    ordered = sorted(by_value.items(), key=lambda item: (-len(item[1]), item[0].encode()))
    return [
        {
            "dimension": dimension,
            "value": value,
            "total": len(of_value),
            "unique": unique(of_value),
            "share": len(of_value) / len(counted),
        }
        for value, of_value in ordered[: question.number("limit", 100)]
    ]


def _age(click: Click) -> tuple[datetime, bytes]:
    return click.timestamp, click.value("click_id").encode()


def _is_click(question: Question, row: Click) -> bool:
    return row.value("outcome") in _CLICKED and (not row.is_bot or question.number("include_bots", 0) == 1)


def _meets_filters(question: Question, row: Click) -> bool:
    tag = question.text("tag_name")
    return (not tag or tag in row.value("tags")) and all(
        row.value(column) == read(question.text(name))
        for name, (column, read) in _FILTERS.items()
        if question.text(name)
    )


def _received_at(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["received_at"])
