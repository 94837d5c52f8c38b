"""What nearly every pipe starts from: the events and sessions of the window that match the filters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from tests.pipes.oracle.events import Event, read_events, wants_bots
from tests.pipes.oracle.question import Question, Window
from tests.pipes.oracle.sessions import Session, sessions_of

MARGIN = timedelta(hours=24)
EVENT_FILTERS = ("path", "country", "device", "browser", "os")
SPELLINGS = {"country": str.upper, "device": str.lower, "channel": str.lower}
SOURCE_FILTERS = {
    "channel": "channel",
    "referrer": "referrer_host",
    "utm_source": "utm_source",
    "utm_medium": "utm_medium",
    "utm_campaign": "utm_campaign",
    "utm_term": "utm_term",
    "utm_content": "utm_content",
}


class Hit(NamedTuple):
    """An event and the session it is in."""

    event: Event
    session: Session


@dataclass(frozen=True)
class Report:
    question: Question
    window: Window
    looked_at: Window | None = None  # the window unless given

    @cached_property
    def seen_sessions(self) -> list[Session]:
        """Return the sessions of all events within 24 hours of the window, so that those at its edges are whole."""
        seen = (self.looked_at or self.window).widened(before=MARGIN, after=MARGIN)
        return sessions_of(read_events(self.question, seen, include_bots=wants_bots(self.question)))

    @cached_property
    def hits(self) -> list[Hit]:
        """Return the matching events in the window, in order, with their sessions."""
        found = [hit for hit in self.all_hits if self.event_matches(hit.event) and self.source_matches(hit.session)]
        return sorted(found, key=lambda hit: hit.event.order)

    @property
    def all_hits(self) -> Iterator[Hit]:
        """Return the events in the window without filters."""
        for session in self.seen_sessions:
            yield from (Hit(event, session) for event in session.events if self.window.holds(event.timestamp))

    @cached_property
    def events(self) -> list[Event]:
        return [hit.event for hit in self.hits]

    @cached_property
    def pageviews(self) -> list[Event]:
        return [event for event in self.events if event.kind == "pageview"]

    @cached_property
    def sessions(self) -> list[Session]:
        """Return the sessions that start in the window, come from the given sources and hold a matching event."""
        return [
            session
            for session in self.seen_sessions
            if self.window.holds(session.started_at)
            and self.source_matches(session)
            and any(self.event_matches(event) for event in session.events)
        ]

    def event_matches(self, event: Event) -> bool:
        has_texts = all(self._asked(name) in {"", event.text(name)} for name in EVENT_FILTERS)
        return has_texts and self._has_property(event)

    def source_matches(self, session: Session) -> bool:
        return all(self._asked(name) in {"", session.source(field)} for name, field in SOURCE_FILTERS.items())

    def _asked(self, name: str) -> str:
        """Return the value of a filter in the spelling of events."""
        return SPELLINGS.get(name, str)(self.question.text(name))

    def _has_property(self, event: Event) -> bool:
        key, value = self.question.text("property_key"), self.question.text("property_value")
        if not key:
            return True
        found = event.property_text(key)
        return found is not None and value in {"", found}


def report_of(question: Question) -> Report:
    return Report(question, question.window)
