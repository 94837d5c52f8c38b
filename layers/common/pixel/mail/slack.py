"""Reports and alerts as messages of Slack: blocks, and a text for notifications and readers without blocks.

An incoming webhook takes no picture, so the chart is a line of block characters.
"""

from typing import Any, Final

from pixel.mail import chart, wording
from pixel.mail.compose import alert_figures, alert_sentence, has_chart
from pixel.mail.content import AlertFact, Listing, Notice, ReportNumbers, Website

_HEADER_CHARACTERS_MAX: Final = 150
_TEXT_CHARACTERS_MAX: Final = 2900  # Slack takes 3,000
_FIELDS_MAX: Final = 10
_TITLES: Final = {"daily": "Daily report", "weekly": "Weekly report", "monthly": "Monthly report"}
_SIGNS: Final = {"fired": ":red_circle:", "recovered": ":large_green_circle:", "missing": ":large_yellow_circle:"}
_STATES: Final = {"fired": "Alert", "recovered": "Recovered", "missing": "Cannot be judged"}

Block = dict[str, Any]


def slack_report(numbers: ReportNumbers) -> dict[str, Any]:
    """Return the message of a report."""
    website = numbers.website
    name = wording.one_line(website.name)
    title = f"{name}: {_TITLES[numbers.cadence].lower()}"
    blocks: list[Block] = [_header(title), _context(f"{numbers.label} · {website.domain}")]
    figures = [
        (measure.name, wording.quantity(measure.value, measure.unit, website.currency), wording.change_of(measure))
        for measure in numbers.measures
    ]
    if numbers.silence:
        blocks.append(_section(f"*Nothing was recorded.* {escaped(numbers.silence)}"))
    if figures:
        fields = [
            f"*{escaped(label)}*\n{escaped(value)}" + (f"  {escaped(change.text)}" if change else "")
            for label, value, change in figures
        ]
        blocks.append(_fields(fields))
        blocks.append(_context(f"Changes are against {wording.period_before(numbers.cadence)}."))
    if has_chart(numbers):
        blocks.append(_section(f"`{chart.blocks(numbers)}`"))
    blocks += [_section(_list(listing, website)) for listing in numbers.listings if listing.rows]
    blocks += _button(numbers.dashboard_url)
    shown = ", ".join(f"{value} {label.lower()}" for label, value, _ in figures[:3])
    return {
        "text": escaped(f"{title}, {numbers.label}: {shown or numbers.silence or 'see the details'}"),
        "blocks": blocks,
    }


def slack_alert(fact: AlertFact) -> dict[str, Any]:
    """Return the message of an alert."""
    website, sentence = fact.website, alert_sentence(fact)
    name = wording.one_line(fact.name)
    title = f"{_STATES[fact.transition]}: {_without_markup(escaped(name))}"
    heading = f"{_SIGNS[fact.transition]} *{title}*\n{escaped(sentence)}"
    blocks: list[Block] = [
        _section(heading),
        _fields([f"*{escaped(figure.name)}*\n{escaped(figure.value)}" for figure in alert_figures(fact)]),
    ]
    window = wording.between(fact.window_start, fact.window_end, website.timezone)
    if fact.note:
        blocks.append(_section(escaped(wording.one_line(fact.note, characters_max=500))))
    blocks.append(_context(f"{wording.one_line(website.name)} · {website.domain} · {window}"))
    blocks += _button(fact.dashboard_url)
    return {"text": escaped(f"{_STATES[fact.transition]}: {name}. {sentence}"), "blocks": blocks}


def slack_notice(notice: Notice) -> dict[str, Any]:
    """Return the message about something that was switched off."""
    return {
        "text": notice.title,
        "blocks": [_header(notice.title), _section("\n".join(map(escaped, notice.sentences)))],
    }


def escaped(text: str) -> str:
    """Return a text as Slack shows it: the three signs of its markup are escaped, and links are none."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _list(listing: Listing, website: Website) -> str:
    lines = [f"*{wording.section_title(listing.section)}*"]
    for row in listing.rows:
        value = wording.quantity(row.value, row.unit, row.currency or website.currency)
        # Backticks end the code in which the value stands, so that names cannot use Slack's markup.
        name = wording.row_name(listing.section, row.name).replace("`", "'")
        lines.append(f"`{value}`  {_without_markup(escaped(name))}")
    if listing.others:
        lines.append(f"and {listing.others:,} more")
    return "\n".join(lines)


def _without_markup(text: str) -> str:
    """Return a text whose signs of emphasis have a space of no width before them, so that they are signs."""
    for sign in "*_~":
        text = text.replace(sign, f"\u200b{sign}")
    return text


def _header(text: str) -> Block:
    shown = text if len(text) <= _HEADER_CHARACTERS_MAX else f"{text[: _HEADER_CHARACTERS_MAX - 1]}…"
    return {"type": "header", "text": {"type": "plain_text", "text": shown, "emoji": False}}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_TEXT_CHARACTERS_MAX], "verbatim": True}}


def _fields(texts: list[str]) -> Block:
    fields = [{"type": "mrkdwn", "text": text, "verbatim": True} for text in texts[:_FIELDS_MAX]]
    return {"type": "section", "fields": fields}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "plain_text", "text": text, "emoji": False}]}


def _button(url: str | None) -> list[Block]:
    if url is None:
        return []
    text = {"type": "plain_text", "text": "Open the dashboard", "emoji": False}
    return [{"type": "actions", "elements": [{"type": "button", "text": text, "url": url}]}]
