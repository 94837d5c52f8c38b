"""The numbers of links in lists: how often they were clicked, and when last."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pixel.auth.caller import Caller
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.reports.responses import query_data
from pixel.tinybird.catalogue import Pipe
from pixel.tinybird.client import RetryPolicy

_TOTALS: Final = Pipe("l_link_totals", "", {}, [], {}, [])
# Nobody waits long for numbers beside a link.
_POLICY: Final = RetryPolicy(attempts=1, response_seconds=3, total_seconds=3, body_bytes_max=1_000_000)


class NumbersOfLink(NamedTuple):
    """What was counted of a link, or nothing if the warehouse did not answer."""

    clicks: int | None = None
    unique: int | None = None
    last_clicked_at: str | None = None

    def shown(self) -> dict[str, object]:
        return {
            "clicks": self.clicks,
            "uniqueClicks": self.unique,
            "lastClickedAt": self.last_clicked_at,
        }


NOT_CLICKED: Final = NumbersOfLink(0, 0, None)
_UNKNOWN: Final = NumbersOfLink()


def numbers_of(caller: Caller, link_ids: Sequence[str]) -> Mapping[str, NumbersOfLink]:
    """Return the numbers of up to a hundred links. They are unknown if the warehouse does not answer."""
    if not link_ids:
        return {}
    fixed = {"workspace_id": caller.workspace_id, "link_ids": ",".join(link_ids)}
    try:
        rows = query_data(caller, _TOTALS, fixed, retry_policy=_POLICY)
    except ApiError as failure:
        if failure.error is not ErrorCode.TINYBIRD_ERROR:
            raise
        return dict.fromkeys(link_ids, _UNKNOWN)
    counted = {
        row["link_id"]: NumbersOfLink(int(row["clicks"]), int(row["unique"]), row["last_clicked_at"]) for row in rows
    }
    return {link_id: counted.get(link_id, NOT_CLICKED) for link_id in link_ids}
