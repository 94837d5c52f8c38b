"""Limits for readers without an API key, counted in fixed windows.

An address is counted by its hash under the salt of the day. If a counter cannot be reached, the request is allowed,
except a password, which is refused: somebody might be guessing.
"""

from math import ceil
from typing import Final, NamedTuple

from pixel.auth.daily_salt import hash_of_address
from pixel.aws import tables
from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings

MINUTE: Final = 60
HOUR: Final = 3600
_KEPT_SECONDS = 3600
_RETRY_SECONDS = 60  # if a password cannot be counted
_BLOCKS_MAX = 10_000


class Limit(NamedTuple):
    """So many in a window of so many seconds."""

    name: str
    most: int
    seconds: int


class _Counter(NamedTuple):
    """The item of a limit in one window."""

    key: str
    ends_at: int


_blocked: dict[str, int] = kept({})  # until when, by counter


def address_id(address: str) -> str | None:
    """Return what an address is counted by, or None if it cannot be counted."""
    try:
        return hash_of_address(address)
    except AwsError as failure:
        report(failure)
        return None


def take(limit: Limit, who: str | None) -> None:
    """Count one request. Raise `too_many_attempts` if it exceeds the limit."""
    if who is None:
        return
    counter = _counter(limit, who)
    if _blocked.get(counter.key, 0) > epoch_seconds():
        raise _refusal(counter.ends_at)
    try:
        hits = _add(counter, 1)
    except AwsError as failure:
        report(failure)
        return
    if hits > limit.most:
        _remember(counter)
        raise _refusal(counter.ends_at)


class PasswordAttempt:
    """An attempt at the password of a record, which counts as wrong until it is known to be right.

    So simultaneous ones cannot exceed a limit. Raises `too_many_attempts` if one of them is exceeded or cannot
    be counted.
    """

    def __init__(self, record_id: str, address: str | None, *, of_address: Limit, of_record: Limit) -> None:
        self._counted: list[_Counter] = []
        if address is None:
            raise _refusal(int(epoch_seconds()) + _RETRY_SECONDS)
        for limit, who in ((of_address, f"{record_id}#{address}"), (of_record, record_id)):
            counter = _counter(limit, who)
            try:
                hits = _add(counter, 1)
            except AwsError as failure:
                report(failure)
                raise _refusal(int(epoch_seconds()) + _RETRY_SECONDS) from failure
            self._counted.append(counter)
            if hits > limit.most:
                self.forget()
                raise _refusal(counter.ends_at)

    def forget(self) -> None:
        """Take the attempt out of the counters."""
        for counter in self._counted:
            try:
                _add(counter, -1)
            except AwsError as failure:
                report(failure)
        self._counted = []


def _counter(limit: Limit, who: str) -> _Counter:
    window = int(epoch_seconds()) // limit.seconds
    return _Counter(f"{limit.name}#{who}#{window}", (window + 1) * limit.seconds)


def _add(counter: _Counter, number: int) -> int:
    return tables.database().add(
        settings().counters_table,
        {"workspace_minute": counter.key},
        "hits",
        number,
        expires_at=counter.ends_at + _KEPT_SECONDS,
    )


def _remember(counter: _Counter) -> None:
    if len(_blocked) >= _BLOCKS_MAX:
        _blocked.clear()
    _blocked[counter.key] = counter.ends_at


def _refusal(ends_at: int) -> ApiError:
    seconds = max(1, ceil(ends_at - epoch_seconds()))
    return ApiError(ErrorCode.TOO_MANY_ATTEMPTS, headers={"Retry-After": str(seconds)}, seconds=seconds)


def report(failure: AwsError) -> None:
    """Say that a reader was not counted."""
    logger.warning("reader could not be counted", reason=str(failure))
    count("UncountedReaders")
