"""p_geo, p_devices, p_tech, p_languages: pageviews by what is known of the visitor."""

from collections.abc import Mapping

from tests.pipes.oracle.events import visitors
from tests.pipes.oracle.numbers import grouped
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import report_of

_PLACES = ("country", "region", "city")


def geo(question: Question) -> list[Row]:
    depth = _PLACES.index(question.text("level", "country")) + 1
    return _pageviews_by(question, _PLACES, depth)


def devices(question: Question) -> list[Row]:
    return _pageviews_by(question, ("device",), 1)


def tech(question: Question) -> list[Row]:
    by = question.text("by", "both")
    return _grouped_by(question, {"browser": by != "os", "os": by != "browser"})


def languages(question: Question) -> list[Row]:
    return _pageviews_by(question, ("language",), 1)


def _pageviews_by(question: Question, names: tuple[str, ...], depth: int) -> list[Row]:
    """Group by the first `depth` names; the names below stay empty."""
    return _grouped_by(question, {name: index < depth for index, name in enumerate(names)})


def _grouped_by(question: Question, names: Mapping[str, bool]) -> list[Row]:
    """Group by the names that are wanted; the others stay empty."""
    groups = grouped(
        report_of(question).pageviews,
        lambda event: tuple(event.text(name) if is_wanted else "" for name, is_wanted in names.items()),
    )
    rows = [
        {**dict(zip(names, group, strict=True)), "visitors": visitors(events), "pageviews": len(events)}
        for group, events in groups.items()
    ]
    return question.page_of(sorted(rows, key=lambda row: (-row["visitors"], *(row[name] for name in names))))
