"""p_properties: events by the value of a property."""

from tests.pipes.oracle.events import visitors
from tests.pipes.oracle.numbers import grouped
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import report_of


def properties(question: Question) -> list[Row]:
    """Count the matching events that have the property; a report with a key has no others."""
    key = question.text("property_key")
    by_value = grouped(report_of(question).events, lambda event: event.property_text(key))
    rows = [{"value": value, "visitors": visitors(events), "events": len(events)} for value, events in by_value.items()]
    return question.page_of(sorted(rows, key=lambda row: (-row["visitors"], row["value"])))
