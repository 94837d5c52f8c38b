"""Sessions: a visitor's events on a website without a gap of more than 30 minutes, or under one id of the client."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.pipes.oracle.events import Event, count

GAP_MAX = timedelta(minutes=30)
SOURCE_FIELDS = (
    "channel",
    "referrer_host",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "llm_engine",
)


@dataclass(frozen=True)
class Session:
    key: str
    events: list[Event]  # in order, never empty

    @property
    def first(self) -> Event:
        return self.events[0]

    @property
    def started_at(self) -> datetime:
        return self.first.timestamp

    @property
    def ended_at(self) -> datetime:
        return self.events[-1].timestamp

    @property
    def duration(self) -> timedelta:
        return self.ended_at - self.started_at

    @property
    def pageviews(self) -> int:
        return count(self.events, "pageview")

    @property
    def goals(self) -> int:
        return count(self.events, "custom")

    @property
    def payments(self) -> int:
        return count(self.events, "payment")

    @property
    def is_bounce(self) -> bool:
        return (self.pageviews, self.goals, self.payments) == (1, 0, 0)

    @property
    def entry_path(self) -> str:
        return next((event.path for event in self.events if event.kind == "pageview"), "")

    @property
    def exit_path(self) -> str:
        return next((event.path for event in reversed(self.events) if event.kind == "pageview"), "")

    def source(self, field: str) -> str:
        return self.first.text(field)


def sessions_of(events: Iterable[Event]) -> list[Session]:
    """Split the ordered events of each visitor on each website into sessions."""
    found: dict[tuple[str, str, str], Session] = {}
    last: dict[tuple[str, str], tuple[Event, str]] = {}
    for event in events:
        visit = (event.website_id, event.visitor_id)
        key = _key(event, last.get(visit))
        last[visit] = (event, key)
        found.setdefault((*visit, key), Session(key, [])).events.append(event)
    return list(found.values())


def _key(event: Event, before: tuple[Event, str] | None) -> str:
    if event.text("session_id"):
        return event.text("session_id")
    if before is not None and event.timestamp - before[0].timestamp <= GAP_MAX:
        return before[1]
    return f"auto-{round(event.timestamp.timestamp() * 1000)}-{event.text('event_id')}"
