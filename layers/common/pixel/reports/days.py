"""The days that a question of a face is about: both inclusive, in a time zone, with names and bounds of that face."""

import re
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from pixel.foundation.clock import now
from pixel.http.query import QueryParameters
from pixel.reports.window import FIRST_YEAR, LAST_YEAR

DAYS_MAX: Final = 1830
_FIRST_DAY: Final = date(FIRST_YEAR, 1, 1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_OR_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T.+)?", re.ASCII | re.IGNORECASE)


class DayParameters(NamedTuple):
    """The parameters for the first and the last day, and how many days are meant without the first one."""

    first: str
    last: str
    default_days: int
    takes_instants: bool = False  # of which the date counts, as it is written

    def read(self, parameters: QueryParameters, zone: tzinfo) -> tuple[date, date]:
        """Return the first and the last day, which is today unless given, and add errors to those of the parameters."""
        faults = parameters.faults
        given_first, given_last = self._read_date(parameters, self.first), self._read_date(parameters, self.last)
        last = given_last or now().astimezone(zone).date()
        first = given_first or max(last - timedelta(days=self.default_days - 1), _FIRST_DAY)
        if not faults.has(self.first) and not faults.has(self.last):
            if first > last:
                faults.add(self.first, "invalid", f"`{self.first}` must not be later than `{self.last}`.")
            elif (last - first).days >= DAYS_MAX:
                sentence = f"`{self.first}` and `{self.last}` must span at most {DAYS_MAX:,} days."
                faults.add(self.first, "invalid", sentence)
        return first, last

    def _read_date(self, parameters: QueryParameters, name: str) -> date | None:
        text = parameters.non_empty_text(name)
        if text is None:
            return None
        found = self._parse(text)
        if found is None:
            form = "YYYY-MM-DD, or an ISO 8601 instant," if self.takes_instants else "YYYY-MM-DD,"
            parameters.faults.add(name, "invalid", f"`{name}` must be {form} from {FIRST_YEAR} to {LAST_YEAR}.")
        return found

    def _parse(self, text: str) -> date | None:
        if not (_DATE_OR_INSTANT if self.takes_instants else _DATE).fullmatch(text):
            return None
        try:
            found = datetime.fromisoformat(text.upper().replace(" ", "+")).date()  # a URL's + is a blank
        except ValueError:
            return None
        return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
