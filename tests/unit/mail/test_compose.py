"""Mail says its numbers in HTML, text and picture, escapes what others wrote, and loads nothing from elsewhere."""

import re
import struct
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from pixel.mail import chart
from pixel.mail.compose import CHART_ID, compose_alert, compose_confirmation, compose_notice, compose_report
from pixel.mail.content import Composed, Listing, Notice, Row
from tests.unit.mail.given import STOP, WEBSITE, fired, silent, weekly

_HOSTILE = "<script>alert(1)</script>\"'&{{ 7 * 7 }}\r\nBcc: victim@example.com\u202e"
_GMAIL_CLIPS_AT = 102_000
_EVERY = {
    "report": compose_report(weekly(), STOP),
    "silent": compose_report(silent(), STOP),
    "fired": compose_alert(fired(), STOP),
    "recovered": compose_alert(fired()._replace(transition="recovered", value=380), STOP),
    "missing": compose_alert(fired()._replace(transition="missing", value=None, expected=None, score=None), STOP),
    "confirmation": compose_confirmation(WEBSITE, "Nordlicht GmbH", STOP),
    "notice": compose_notice(Notice("Slack was switched off", "It answered 410", ("Nothing is sent any more.",)), STOP),
}


class _Html(HTMLParser):
    """The tags of a document, of which each that is opened must be closed."""

    _WITHOUT_END = frozenset({"meta", "img", "br", "link", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} repeats an attribute"
        self.found.append((tag, dict(attrs)))
        if tag not in self._WITHOUT_END:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.mark.parametrize("composed", _EVERY.values(), ids=_EVERY)
def test_html_is_well_formed_small_and_loads_nothing(composed: Composed) -> None:
    found = _Html(composed.html).found

    assert len(composed.html.encode()) < _GMAIL_CLIPS_AT
    assert {attributes["src"] for tag, attributes in found if tag == "img"} <= {f"cid:{CHART_ID}"}
    assert not {tag for tag, _ in found} & {"script", "link", "iframe", "object", "form", "svg", "video"}
    assert not re.search(r"url\(|@import|data:", composed.html)


@pytest.mark.parametrize("composed", _EVERY.values(), ids=_EVERY)
def test_each_picture_has_its_numbers_in_words(composed: Composed) -> None:
    pictures = [attributes for tag, attributes in _Html(composed.html).found if tag == "img"]

    assert len(pictures) == (composed.chart_png is not None)
    for picture in pictures:
        assert picture["alt"] == composed.chart_alt
        assert "Thu 19 Nov 2,350" in composed.chart_alt
        assert "The week before: 1,710, 1,893" in composed.chart_alt


@pytest.mark.parametrize("composed", _EVERY.values(), ids=_EVERY)
def test_text_has_no_markup_and_is_complete(composed: Composed) -> None:
    assert "<" not in composed.text
    assert "&#" not in composed.text
    assert not re.search(r"\n{4,}", composed.text)
    assert composed.subject == " ".join(composed.subject.split())


def test_every_number_of_the_report_is_in_both_parts() -> None:
    report = _EVERY["report"]

    for number in ("11,284", "38,902", "13,546", "41 %", "3 m 14 s", "412", "18,420 EUR", "7,310", "8,120 EUR", "188"):
        assert number in report.text
        assert number in report.html
    for name in ("Germany", "Organic search", "ChatGPT", "/winter-sale", "Purchase", "and 212 more"):
        assert name in report.text
        assert name in report.html
    assert report.text.count("▲ 13 %") == 2
    assert STOP in report.text
    assert f'href="{STOP}"' in report.html


def test_the_chart_is_a_png_of_its_size() -> None:
    png = _EVERY["report"].chart_png

    assert png is not None
    assert png.startswith(b"\x89PNG\r\n")
    assert struct.unpack(">II", png[16:24]) == (chart.WIDTH, chart.HEIGHT)
    assert len(png) < 100_000


def test_the_chart_writes_its_text_with_its_own_font() -> None:
    """Without a font, resvg draws no text and says nothing; a picture with text has many more bytes."""
    numbers = weekly()
    without_text = re.sub(r"<text.*?</text>", "", chart.svg(numbers))

    with_font = chart.drawn(chart.svg(numbers))
    assert len(with_font) > 1.3 * len(chart.drawn(without_text))


def test_a_report_about_nothing_is_short() -> None:
    report = _EVERY["silent"]

    assert report.chart_png is None
    assert "Nothing was recorded" in report.html
    assert "No event has arrived since Thursday." in report.text
    assert "Top pages" not in report.html


def test_a_section_without_rows_and_a_week_without_a_past_are_left_out() -> None:
    numbers = weekly()._replace(
        listings=(Listing("goals", ()),),
        points=tuple(point._replace(before=None) for point in weekly().points),
        measures=tuple(measure._replace(before=None) for measure in weekly().measures),
    )
    report = compose_report(numbers, STOP)

    assert "Goals" not in report.html
    assert "week before" not in report.html
    assert "week before" not in report.chart_alt


def test_hostile_names_are_text_everywhere() -> None:
    website = WEBSITE._replace(name=_HOSTILE)
    numbers = weekly(website)._replace(listings=(Listing("pages", (Row(_HOSTILE, 5, 0.1),)),))
    for composed in (
        compose_report(numbers, STOP),
        compose_alert(fired(website)._replace(name=_HOSTILE, note=_HOSTILE), STOP),
        compose_confirmation(website, _HOSTILE, STOP),
    ):
        assert "<script" not in composed.html
        assert "&lt;script&gt;" in composed.html
        assert "{{ 7 * 7 }}" in composed.html
        assert "\u202e" not in composed.subject + composed.html.partition("Stop this mail")[0].partition("<body")[2]
        assert "\n" not in composed.subject
        assert "\nBcc" not in composed.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "threshold", "threshold": 100}, "88 visitors in an hour, below the limit of 100."),
        ({"kind": "change"}, "88 visitors in an hour, after 391 a week before."),
        ({}, "88 visitors in an hour, where about 391 are usual."),
        ({"transition": "recovered"}, "Back to normal: 88 visitors in an hour."),
        (
            {"metric": "bounce_rate", "value": 0.71, "kind": "threshold", "threshold": 0.5, "direction": "above"},
            "Bounce rate of 71 % in an hour, above the limit of 50 %.",
        ),
        (
            {"metric": "revenue", "value": 12.5, "expected": 310, "window": "7d"},
            "Revenue of 12.50 EUR in 7 days, where",
        ),
    ],
)
def test_an_alert_says_what_happened(changes: dict[str, Any], sentence: str) -> None:
    fact = fired()._replace(**changes)

    assert sentence in compose_alert(fact, STOP).text


def test_a_month_has_a_chart_with_few_labels() -> None:
    week = weekly()
    points = tuple(
        week.points[place % 7]._replace(label=f"{(week.start + timedelta(days=place)).day}") for place in range(31)
    )
    drawing = chart.svg(week._replace(cadence="monthly", points=points))

    assert drawing.count("<circle") == 1
    assert drawing.count('text-anchor="middle"') + drawing.count('text-anchor="end"') < 16


def test_blocks_say_the_chart_in_one_line() -> None:
    assert chart.blocks(weekly()) == "▆▇▇██▅▆"
