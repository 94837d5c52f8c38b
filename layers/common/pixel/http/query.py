"""The query parameters of a request: names that are known and not repeated, and valid values."""

import re
from collections.abc import Collection, Mapping, Sequence

from pixel.foundation.errors import ErrorCode, FieldErrors
from pixel.foundation.ids import WEBSITE_ID, WEBSITE_ID_FORM
from pixel.foundation.spelling import by_spelling, choices, nearest, spelled

TEXT_CHARACTERS_MAX = 1024  # the longest is a funnel of ten steps


class QueryParameters:
    """The query parameters of a request, with their errors, so that one response reports all of them."""

    def __init__(
        self, given: Mapping[str, Sequence[str]], known: Collection[str], repeatable: Collection[str] = ()
    ) -> None:
        self.faults = FieldErrors()
        self._values: dict[str, str] = {}
        self._repeated = {name: values for name, values in given.items() if name in repeatable}
        for name, values in given.items():
            if name not in known:
                advice = f"it takes {', '.join(sorted(known)) or 'none'}."
                self.faults.add_unknown(name, known, "a parameter of this route", advice)
            elif len(values) > 1 and name not in repeatable:
                self.faults.add(name, "repeated", f"`{name}` must be given once.")
            else:
                self._values[name] = values[0]

    def text(self, name: str, *, characters_max: int = TEXT_CHARACTERS_MAX) -> str | None:
        """Return the value, or None if it is empty or missing."""
        value = self._values.get(name)
        if not value:
            return None
        if len(value) > characters_max or not value.isprintable():
            self.faults.add(name, "invalid", f"`{name}` must have at most {characters_max:,} printable characters.")
            return None
        return value

    def texts(self, name: str) -> Sequence[str]:
        """Return all values of a parameter that may be repeated, none of which may be empty."""
        values = self._repeated.get(name, ())
        if any(not value or len(value) > TEXT_CHARACTERS_MAX or not value.isprintable() for value in values):
            self.faults.add(name, "invalid", f"`{name}` must have 1 to {TEXT_CHARACTERS_MAX:,} printable characters.")
            return ()
        return values

    def non_empty_text(self, name: str) -> str | None:
        """Return the value, or None if it is missing. An empty value is an error."""
        if self._values.get(name) == "":
            if not self.faults.has(name):
                self.faults.add(name, "invalid", f"`{name}` must not be empty; give it a value or omit it.")
            return None
        return self.text(name)

    def website_id(self) -> str | None:
        value = self._values.get("website_id")
        if value is not None and not re.fullmatch(WEBSITE_ID, value):
            self.faults.add("website_id", "invalid", f"`website_id` {WEBSITE_ID_FORM}")
            return None
        return value

    def choice(self, name: str, values: Collection[str], form: str | None = None) -> str | None:
        """Return the value as the list spells it, or None if it is empty or missing. `form` describes a long list."""
        value = self.text(name)
        if value is None or (listed := spelled(value, by_spelling(values))) is not None:
            return None if value is None else listed
        form = f"{form}: {', '.join(values)}" if form else choices(values)
        meant = nearest(value, frozenset(values))
        advice = f"; did you mean `{meant}`?" if meant else "."
        self.faults.add(name, "invalid", f"`{name}` must be {form}{advice}")
        return None

    def integer(self, name: str, lowest: int, highest: int) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        number = int(value) if re.fullmatch(r"-?[0-9]{1,10}", value) else None
        if number is None or not lowest <= number <= highest:
            self.faults.add(name, "invalid", f"`{name}` must be a whole number from {lowest:,} to {highest:,}.")
            return None
        return number

    def raise_faults(self) -> None:
        self.faults.raise_any(ErrorCode.INVALID_QUERY)
