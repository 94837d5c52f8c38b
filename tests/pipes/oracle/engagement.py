"""p_engagement: how long visitors saw pages, and how much of them."""

from tests.pipes.oracle.events import Event, wants_bots
from tests.pipes.oracle.numbers import grouped
from tests.pipes.oracle.question import Question, Row


def engagement(question: Question) -> list[Row]:
    by_page = grouped(_events(question), lambda event: event.path)
    rows = []
    for path, events in by_page.items():
        of_visitors = grouped(events, lambda event: event.visitor_id).values()
        visible = sum(int(event.row["visible_ms"]) for event in events)
        deepest = sum(max(int(event.row["scroll"]) for event in of_one) for of_one in of_visitors)
        rows.append(
            {
                "path": path,
                "visitors": len(of_visitors),
                "time_on_page": visible / len(of_visitors) / 1000,
                "scroll_depth": deepest / len(of_visitors),
            }
        )
    return question.page_of(sorted(rows, key=lambda row: (-row["visitors"], row["path"])))


def _events(question: Question) -> list[Event]:
    """Return the engagements of the window that the filters ask for, of the copies of one the last received."""
    counted: dict[tuple[str, str], Event] = {}
    rows = [Event("engagement", row) for row in question.tables["engagements"]]
    for event in sorted(rows, key=lambda event: (event.received_at, event.timestamp)):
        if event.text("workspace_id") == question.parameters["workspace_id"]:
            counted[event.website_id, event.text("event_id")] = event
    asked = {
        "website_id": question.text("website_id"),
        "path": question.text("path"),
        "country": question.text("country").upper(),
        "device": question.text("device").lower(),
    }
    return [
        event
        for event in counted.values()
        if question.window.holds(event.timestamp)
        and (wants_bots(question) or not event.is_bot)
        and all(value in {"", event.text(name)} for name, value in asked.items())
    ]
