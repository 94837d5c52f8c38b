"""Mail about a report, an alert or something to be told: the subject, the HTML with its chart, and the text."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pixel.mail import chart, wording
from pixel.mail.content import AlertFact, Composed, Listing, Measure, Notice, ReportNumbers, Row, Verdict, Website
from pixel.mail.templating import rendered
from pixel.mail.wording import Change

CHART_ID: Final = "chart@pixel-api"
"""The Content-ID of the chart, by which the HTML shows it."""
_INDIGO: Final = "#4338ca"
_COLOURS: Final = {"fired": "#b93a2b", "recovered": "#14703f", "missing": "#8a5a0b"}
_TAGS: Final = {"fired": "Alert", "recovered": "Recovered", "missing": "Cannot be judged"}
_VERDICTS: Final = {"clear": "normal", "missing": "no data"}
"""Verdicts that readers know by another word."""
_CADENCES: Final = {"daily": "Daily report", "weekly": "Weekly report", "monthly": "Monthly report"}
_CHARTS_KEPT: Final = 8
_NOTE_CHARACTERS_MAX: Final = 500


class _Figure(NamedTuple):
    """A number under its name, and its change."""

    name: str
    value: str
    change: Change | None = None


class _Bar(NamedTuple):
    """A row of a list."""

    name: str
    value: str
    share: str
    percent: int


class _Bars(NamedTuple):
    title: str
    rows: tuple[_Bar, ...]
    others: str


def compose_report(numbers: ReportNumbers, unsubscribe_url: str) -> Composed:
    """Return a report for one recipient, whose link stops it."""
    website = numbers.website
    name = wording.one_line(website.name)
    figures = [_figure(measure, website) for measure in numbers.measures]
    before = wording.period_before(numbers.cadence)
    png = _drawn(numbers) if has_chart(numbers) else None
    alt = chart.in_words(numbers) if png else ""
    subject = f"{name}: {_CADENCES[numbers.cadence].lower()}, {numbers.label}"
    values: dict[str, Any] = {
        **_frame(name, _CADENCES[numbers.cadence], _INDIGO, subject),
        "subheading": f"{numbers.label} · {website.domain}",
        "preview": _preview(numbers, figures, before),
        "silence": numbers.silence,
        "chart": CHART_ID if png else None,
        "chart_alt": alt,
        "lists": [_bars(listing, website) for listing in numbers.listings if listing.rows],
        "dashboard_url": numbers.dashboard_url,
        "period": f"{wording.between(numbers.start, numbers.end, website.timezone)}, {website.timezone}",
        "comparison": f"Changes are against {before}." if any(figure.change for figure in figures) else "",
        "cadence": numbers.cadence,
        "domain": website.domain,
        "unsubscribe_url": unsubscribe_url,
    }
    hero, tiles = (figures[0], figures[1:]) if figures else (None, [])
    shown = hero and {**hero._asdict(), "before": _before(numbers.measures[0], website, before)}
    html = rendered("report.html", **values, hero=shown, tiles=tiles)
    return Composed(subject, rendered("report.txt", **values, measures=figures), html, png, alt)


def has_chart(numbers: ReportNumbers) -> bool:
    """Return whether there is something to draw."""
    return len(numbers.points) > 1 and any(point.value or point.before for point in numbers.points)


def compose_alert(fact: AlertFact, unsubscribe_url: str) -> Composed:
    """Return an alert for one recipient, whose link stops it."""
    name = wording.one_line(fact.website.name)
    subject = f"{_TAGS[fact.transition]}: {wording.one_line(fact.name)} ({name})"
    sentence = alert_sentence(fact)
    values: dict[str, Any] = {
        **_frame(name, _TAGS[fact.transition], _COLOURS[fact.transition], subject),
        "subheading": f"{wording.one_line(fact.name)} · {fact.website.domain}",
        "preview": sentence,
        "sentence": sentence,
        "window": wording.between(fact.window_start, fact.window_end, fact.website.timezone),
        "note": fact.note and wording.one_line(fact.note, characters_max=_NOTE_CHARACTERS_MAX),
        "tiles": alert_figures(fact),
        "rows": _verdict_rows(fact),
        "dashboard_url": fact.dashboard_url,
        "condition": f"It watches for: {wording.condition_of(fact)}",
        "domain": fact.website.domain,
        "unsubscribe_url": unsubscribe_url,
    }
    return Composed(subject, rendered("alert.txt", **values), rendered("alert.html", **values))


def alert_sentence(fact: AlertFact) -> str:
    """Return what happened, in one sentence."""
    metric = wording.metric_name(fact.metric)
    if fact.transition == "missing":
        return f"{metric} cannot be judged at the moment, because the numbers are incomplete."
    span = wording.span(fact.window)
    if fact.value is None:
        became = "has ended" if fact.transition == "recovered" else "fires"
        about = f"{metric[0].lower()}{metric[1:]} {span}"
        return (
            f"The alert {became}; the last value of {about} is unknown, because the numbers are incomplete or too few."
        )
    is_count = wording.unit_of(fact.metric) == "count"
    value, verb = _valued(fact, fact.value), "are" if is_count else "is"
    measured = f"{value} {metric.lower()}" if is_count else f"{metric} of {value}"
    if fact.transition == "recovered":
        return f"Back to normal: {measured[0].lower()}{measured[1:]} {span}."
    if fact.kind == "threshold":
        side = "above" if fact.direction == "above" else "below"
        return f"{measured} {span}, {side} the limit of {_valued(fact, fact.threshold)}."
    expected = _valued(fact, fact.expected)
    if fact.kind == "change":
        return f"{measured} {span}, after {expected} a week before."
    return f"{measured} {span}, where about {expected} {verb} usual."


def alert_figures(fact: AlertFact) -> list[_Figure]:
    """Return the numbers of an alert: what was measured, and what it is compared with."""
    value = "unknown" if fact.value is None else _valued(fact, fact.value)
    figures = [_Figure(wording.metric_name(fact.metric), value)]
    if fact.kind == "threshold":
        return [*figures, _Figure("Limit", _valued(fact, fact.threshold))]
    figures.append(_Figure("A week before" if fact.kind == "change" else "Usual", _valued(fact, fact.expected)))
    if fact.kind == "anomaly" and fact.score is not None:
        figures.append(_Figure("Score", f"{fact.score:+.1f}".replace("-", "\u2212")))
    elif fact.kind == "change" and fact.value is not None and fact.expected:
        measure = Measure("", "count", fact.value, fact.expected)
        change = wording.change_of(measure)
        figures.append(_Figure("Change", change.text if change else wording.NOTHING))
    return figures


def compose_confirmation(website: Website | None, workspace_name: str, confirm_url: str) -> Composed:
    """Return the mail that asks whether an address wants mail at all. It has no link to stop it: silence does."""
    about = f" about {website.domain}" if website else ""
    workspace = wording.one_line(workspace_name)
    sentences = (
        f"Somebody at {workspace} entered your address for reports and alerts{about}.",
        "If you want them, confirm your address. If not, do nothing: you get no other mail.",
    )
    return compose_notice(
        Notice(
            "Confirm your address for reports and alerts",
            "Do you want this mail?",
            sentences,
            "Yes, send it to me",
            confirm_url,
        )
    )


def compose_notice(notice: Notice, unsubscribe_url: str | None = None) -> Composed:
    """Return a letter of a few sentences."""
    values: dict[str, Any] = {
        **_frame("Pixel API", "Notice", _INDIGO, notice.subject),
        "subheading": notice.subject,
        "preview": notice.sentences[0] if notice.sentences else notice.title,
        "title": notice.title,
        "sentences": notice.sentences,
        "button": notice.button,
        "url": notice.url,
        "why": "This mail was sent by itself; answers are not read.",
        "unsubscribe_url": unsubscribe_url,
    }
    return Composed(
        wording.one_line(notice.subject, characters_max=200),
        rendered("letter.txt", **values),
        rendered("letter.html", **values),
    )


@lru_cache(maxsize=_CHARTS_KEPT)
def _drawn(numbers: ReportNumbers) -> bytes:
    return chart.draw(numbers)


def _frame(heading: str, tag: str, colour: str, subject: str) -> dict[str, Any]:
    return {"heading": heading, "tag": tag, "colour": colour, "subject": subject}


def _figure(measure: Measure, website: Website) -> _Figure:
    value = wording.quantity(measure.value, measure.unit, website.currency)
    return _Figure(measure.name, value, wording.change_of(measure))


def _before(measure: Measure, website: Website, before: str) -> str:
    if measure.before is None:
        return ""
    return f"from {wording.quantity(measure.before, measure.unit, website.currency)} {before}"


def _preview(numbers: ReportNumbers, figures: Sequence[_Figure], before: str) -> str:
    if numbers.is_empty or not figures:
        return numbers.silence or numbers.label
    shown = [f"{figure.value} {figure.name.lower()}" for figure in figures[:3]]
    change = figures[0].change
    return ", ".join(shown) + (f"; visitors {change.text} against {before}" if change else "")


def _bars(listing: Listing, website: Website) -> _Bars:
    highest = max((abs(row.value) for row in listing.rows), default=0) or 1
    others = f"and {listing.others:,} more" if listing.others else ""
    rows = tuple(_bar(listing.section, row, highest, website) for row in listing.rows)
    return _Bars(wording.section_title(listing.section), rows, others)


def _bar(section: str, row: Row, highest: float, website: Website) -> _Bar:
    value = wording.quantity(row.value, row.unit, row.currency or website.currency)
    share = "" if row.share is None else wording.quantity(row.share, "share")
    percent = max(0, min(100, round(100 * row.value / highest)))
    return _Bar(wording.row_name(section, row.name), value, share, max(percent, 1) if row.value > 0 else 0)


def _valued(fact: AlertFact, value: float | None) -> str:
    return wording.quantity(value, wording.unit_of(fact.metric), fact.website.currency)


def _verdict_rows(fact: AlertFact) -> list[dict[str, Any]]:
    highest = max((verdict.value or 0 for verdict in fact.verdicts), default=0) or 1
    in_order = sorted(fact.verdicts, key=lambda verdict: verdict.at)
    return [_verdict_row(fact, verdict, highest) for verdict in in_order]


def _verdict_row(fact: AlertFact, verdict: Verdict, highest: float) -> dict[str, Any]:
    return {
        "at": wording.moment(verdict.at, fact.website.timezone, fact.window),
        "value": _valued(fact, verdict.value),
        "percent": max(0, min(100, round(100 * (verdict.value or 0) / highest))),
        "verdict": _VERDICTS.get(verdict.verdict, verdict.verdict),
        "is_breach": verdict.verdict == "breach",
    }
