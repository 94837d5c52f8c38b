"""Pages of lists: numbered, of a list that is counted as far as it can be read at once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from pixel.http.query import QueryParameters
from pixel.http.response import Response

PARAMETERS: Final = ("page", "limit")
LIMIT_MAX: Final = 100
_LIMIT = 20
REACH: Final = 10_000
"""How many records of a list can be reached and counted; a filter narrows longer ones."""


class Page(NamedTuple):
    number: int
    limit: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.limit

    def of[Record](self, records: Sequence[Record]) -> list[Record]:
        """Return the records of this page."""
        return list(records[self.offset : self.offset + self.limit])

    def response(self, data: Iterable[Any], total: int) -> Response:
        """Return the response with the records of this page, of so many in all."""
        pagination = {
            "total": min(total, REACH),
            "page": self.number,
            "limit": self.limit,
            "hasMore": total > self.number * self.limit,
            **({"totalIsLowerBound": True} if total > REACH else {}),
        }
        return Response(list(data), meta={"pagination": pagination})


def read_page(parameters: QueryParameters, *, limit_default: int = _LIMIT, limit_max: int = LIMIT_MAX) -> Page:
    page = parameters.integer("page", 1, REACH) or 1
    limit = parameters.integer("limit", 1, limit_max) or limit_default
    if page * limit > REACH:
        sentence = f"`page` times `limit` must be at most {REACH:,}; narrow the list by a filter."
        parameters.faults.add("page", "invalid", sentence)
    return Page(page, limit)


def list_response[Record](page: Page, records: Sequence[Record], shown: Callable[[Record], Any]) -> Response:
    """Return the page of records that are all known."""
    return page.response(map(shown, page.of(records)), len(records))
