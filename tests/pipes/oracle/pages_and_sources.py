"""p_top_pages, p_referrers, p_traffic_sources, p_llm_traffic."""

from tests.pipes.oracle.events import count, visitors
from tests.pipes.oracle.numbers import grouped, rate, total
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import report_of

_SOURCES = {"channel": ("channel",), "source": ("utm_source",), "campaign": ("utm_campaign",)}


def top_pages(question: Question) -> list[Row]:
    report = report_of(question)
    views = grouped(report.pageviews, lambda event: event.path)
    with_pages = [session for session in report.sessions if session.pageviews]
    entered = grouped(with_pages, lambda session: session.entry_path)
    left = grouped(with_pages, lambda session: session.exit_path)
    rows = [
        {
            "path": path,
            "visitors": visitors(views.get(path, [])),
            "pageviews": len(views.get(path, [])),
            "entrances": len(entered.get(path, [])),
            "exits": len(left.get(path, [])),
            "bounce_rate": rate(
                sum(session.is_bounce for session in entered.get(path, [])), len(entered.get(path, []))
            ),
        }
        for path in views.keys() | entered.keys() | left.keys()
        # Who is asked about one page says nothing of those that its visitors came in or left by.
        if question.text("path") in {"", path}
    ]
    rank = question.text("sort", "pageviews")
    return question.page_of(sorted(rows, key=lambda row: (-row[rank], row["path"])))


def referrers(question: Question) -> list[Row]:
    rows = _by_source(question, ("referrer_host",))
    columns = ("referrer_host", "visitors", "sessions", "pageviews")
    found = [{column: row[column] for column in columns} for row in rows if row["referrer_host"]]
    return question.page_of(sorted(found, key=lambda row: (-row["visitors"], row["referrer_host"])))


def llm_traffic(question: Question) -> list[Row]:
    rows = _by_source(question, ("llm_engine",))
    columns = ("llm_engine", "visitors", "sessions", "pageviews", "conversions")
    found = [{column: row[column] for column in columns} for row in rows if row["llm_engine"]]
    return question.page_of(sorted(found, key=lambda row: (-row["visitors"], row["llm_engine"])))


def traffic_sources(question: Question) -> list[Row]:
    names = ("channel", "utm_source", "utm_medium", "utm_campaign")
    rows = [
        {**dict.fromkeys(names, ""), **row} for row in _by_source(question, _SOURCES.get(question.text("by"), names))
    ]
    columns = (*names, "visitors", "sessions", "conversions", "payments", "revenue")
    found = [{column: row[column] for column in columns} for row in rows]
    return question.page_of(sorted(found, key=lambda row: (-row["sessions"], *(row[name] for name in names))))


def _by_source(question: Question, names: tuple[str, ...]) -> list[Row]:
    """Group sessions by source, and events of the window by the source of their session."""
    report = report_of(question)
    sessions = grouped(report.sessions, lambda session: tuple(session.source(name) for name in names))
    hits = grouped(report.hits, lambda hit: tuple(hit.session.source(name) for name in names))
    currency = question.text("currency", "USD").upper()
    rows = []
    for source in sessions.keys() | hits.keys():
        events = [hit.event for hit in hits.get(source, [])]
        paid = [event for event in events if event.kind == "payment" and event.text("currency") == currency]
        rows.append(
            {
                **dict(zip(names, source, strict=True)),
                "visitors": visitors(events),
                "sessions": len(sessions.get(source, [])),
                "pageviews": count(events, "pageview"),
                "conversions": count(events, "custom"),
                "payments": sum(event.is_purchase for event in events),
                "revenue": total(event.amount for event in paid),
            }
        )
    return rows
