"""What mails and Slack messages are made of: the numbers of a report, and the fact of an alert."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, Protocol

SECTIONS: Final = ("summary", "chart", "pages", "sources", "countries", "devices", "goals", "ai", "revenue")
"""The sections of a report, in their order."""
ROWS_MAX: Final = 5
"""How many rows each list of a report has."""

type Cadence = Literal["daily", "weekly", "monthly"]
type Transition = Literal["fired", "recovered", "missing"]
type Unit = Literal["count", "share", "seconds", "money"]


class Period(Protocol):
    """A period that has ended, and the one before it with which it is compared."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def before_start(self) -> datetime: ...
    @property
    def before_end(self) -> datetime: ...


class Website(NamedTuple):
    """The website that a message is about."""

    id: str
    name: str
    domain: str
    timezone: str = "UTC"
    currency: str = "USD"


class Measure(NamedTuple):
    """One number of the summary, and the same of the period before; None where nothing can be said."""

    name: str
    unit: Unit
    value: float | None
    before: float | None
    is_less_better: bool = False


class Point(NamedTuple):
    """A point of the chart: its short label, what it is of in full, and the visitors of both periods."""

    label: str
    title: str
    value: float
    before: float | None


class Row(NamedTuple):
    """A row of a list."""

    name: str
    value: float
    share: float | None  # of all that the list is about
    unit: Unit = "count"
    currency: str | None = None


class Listing(NamedTuple):
    """A section that is a list: at most ROWS_MAX rows, and what the others add up to."""

    section: str
    rows: tuple[Row, ...]
    others: int = 0  # how many rows are not shown
    names_are_addresses: bool = False


class ReportNumbers(NamedTuple):
    """All that a report says of a website in a period."""

    website: Website
    cadence: Cadence
    label: str
    start: datetime
    end: datetime
    measures: tuple[Measure, ...] = ()
    points: tuple[Point, ...] = ()
    listings: tuple[Listing, ...] = ()
    silence: str | None = None  # why nothing may have happened; only if nothing did
    dashboard_url: str | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing happened in the period."""
        return self.silence is not None


class Verdict(NamedTuple):
    """What one window of an alert was judged to be."""

    at: datetime
    value: float | None
    expected: float | None
    score: float | None
    verdict: str


class AlertFact(NamedTuple):
    """A transition of an alert, and what led to it."""

    website: Website
    alert_id: str
    name: str
    metric: str
    kind: Literal["threshold", "change", "anomaly"]
    direction: Literal["above", "below", "either"]
    window: Literal["5m", "15m", "1h", "1d", "7d"]
    threshold: float
    transition: Transition
    value: float | None
    expected: float | None
    score: float | None
    window_start: datetime
    window_end: datetime
    verdicts: Sequence[Verdict] = ()
    dashboard_url: str | None = None
    note: str | None = None


class Notice(NamedTuple):
    """A letter of a few sentences: a confirmation that is asked for, or something that was switched off."""

    subject: str
    title: str
    sentences: tuple[str, ...]
    button: str | None = None
    url: str | None = None


class Composed(NamedTuple):
    """A message as it is read, before it is addressed."""

    subject: str
    text: str
    html: str
    chart_png: bytes | None = None
    chart_alt: str = ""
