"""Reports: how often a website's numbers are sent, at what time, to which recipients, and what of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.following import follow_report
from pixel.workspaces.models import UNCHANGED, Flag, RecordModel, WebsiteId, chosen, one_of, text
from pixel.workspaces.recipients import Recipients, recipient_conflicts
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.rules import Conflict, Rules
from pixel.workspaces.vocabulary import SECTIONS, Cadence, ReportChannel, Section
from pixel.workspaces.websites import TimeZone

_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DAYS_OF_A_WEEK = 7


def checked_time_of_day(value: Any) -> str:
    """Return a local time in hours and minutes."""
    written = text(value).strip()
    if not _TIME_OF_DAY.fullmatch(written):
        raise invalid("must be a time from 00:00 to 23:59, such as 07:00.")
    return written


def _weekday(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not 1 <= value <= _DAYS_OF_A_WEEK:
        raise invalid("must be a day from 1, Monday, to 7, Sunday.")
    return value


def _conflicts(item: Mapping[str, Any]) -> Iterator[Conflict]:
    return recipient_conflicts(item["channel"], item["recipients"])


OneCadence = Annotated[Cadence, one_of(Cadence)]
OneChannel = Annotated[ReportChannel, one_of(ReportChannel)]
TimeOfDay = Annotated[str, BeforeValidator(checked_time_of_day)]
Weekday = Annotated[int, BeforeValidator(_weekday), Field(ge=1, le=_DAYS_OF_A_WEEK)]
Sections = Annotated[list[Section], BeforeValidator(lambda value: chosen(value, SECTIONS)), Field(min_length=1)]


class NewReport(RecordModel):
    """A report to be created. Its time is that of its own time zone or, without one, of the website's."""

    website_id: WebsiteId
    cadence: OneCadence
    channel: OneChannel
    recipients: Recipients
    at: TimeOfDay = UNCHANGED
    weekday: Weekday = UNCHANGED
    timezone: TimeZone | None = UNCHANGED
    sections: Sections = UNCHANGED
    enabled: Flag = UNCHANGED


class ReportChanges(RecordModel):
    """Changes to a report; null lets it follow the time zone of the website."""

    cadence: OneCadence = UNCHANGED
    channel: OneChannel = UNCHANGED
    recipients: Recipients = UNCHANGED
    at: TimeOfDay = UNCHANGED
    weekday: Weekday = UNCHANGED
    timezone: TimeZone | None = UNCHANGED
    sections: Sections = UNCHANGED
    enabled: Flag = UNCHANGED


REPORTS = Rules(REPORT, NewReport, ReportChanges, _conflicts, {"last_sent_at": None}, follow=follow_report)
