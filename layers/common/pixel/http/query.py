"""The query parameters of a request: known names, each given once, and values within bounds."""

import re
from collections.abc import Collection, Mapping, Sequence

from pixel.foundation.errors import ErrorCode, FieldErrors
from pixel.foundation.ids import WEBSITE_ID, WEBSITE_ID_FORM

TEXT_CHARACTERS_MAX = 1024  # a funnel of ten steps has the longest


class QueryParameters:
    """Reads parameters and gathers their faults, so that all of them are answered at once."""

    def __init__(self, given: Mapping[str, Sequence[str]], known: Collection[str]) -> None:
        self.faults = FieldErrors()
        self._values: dict[str, str] = {}
        for name, values in given.items():
            if name not in known:
                advice = f"it takes {', '.join(sorted(known)) or 'none'}."
                self.faults.add_unknown(name, known, "a parameter of this route", advice)
            elif len(values) > 1:
                self.faults.add(name, "repeated", f"`{name}` must be given once.")
            else:
                self._values[name] = values[0]

    def text(self, name: str, *, characters_max: int = TEXT_CHARACTERS_MAX) -> str | None:
        """Return the value, or None where it is empty or not given."""
        value = self._values.get(name)
        if not value:
            return None
        if len(value) > characters_max or not value.isprintable():
            self.faults.add(name, "invalid", f"`{name}` must have at most {characters_max:,} printable characters.")
            return None
        return value

    def given_text(self, name: str) -> str | None:
        """Return the value, or None where it is not given. An empty value is a fault."""
        if self._values.get(name) == "":
            if not self.faults.has(name):
                self.faults.add(name, "invalid", f"`{name}` must have a value, or be left out.")
            return None
        return self.text(name)

    def website_id(self) -> str | None:
        value = self._values.get("website_id")
        if value is not None and not WEBSITE_ID.fullmatch(value):
            self.faults.add("website_id", "invalid", f"`website_id` {WEBSITE_ID_FORM}")
            return None
        return value

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
