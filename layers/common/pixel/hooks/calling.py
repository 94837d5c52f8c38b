"""One request to the address of a destination, and what came of it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.connections import (
    AUTHORITIES,
    BrokenResponseError,
    NothingSentError,
    Request,
    RequestFailedError,
    Response,
    ResponseTimeoutError,
    open_pool_to,
    send,
)
from pixel.hooks.addresses import AddressRefusedError, Place, find_addresses

ANSWER_BYTES_MAX: Final = 4_096
SECONDS_MAX: Final = 15.0
_CONNECT_SECONDS = 5.0
_ADDRESSES_TRIED = 2
_ANSWER_CHARACTERS_KEPT = 1_000
_UNPRINTABLE = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]")


class Answer(NamedTuple):
    """What came of a request: a status, or else the error that took its place."""

    status: int | None
    error: str | None
    text: str  # the beginning of the body
    milliseconds: int
    retry_after_seconds: float | None = None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def call(  # noqa: PLR0913 - what is sent, and what may be set differently by name
    place: Place,
    headers: Mapping[str, str],
    body: bytes,
    *,
    private_allowed: bool = False,
    seconds: float = SECONDS_MAX,
    authorities: Path = AUTHORITIES,
) -> Answer:
    """Send a POST to one of the host's addresses, which are checked before, and return what came of it."""
    began = monotonic()
    try:
        addresses = find_addresses(place, private_allowed=private_allowed)
        request = Request("POST", place.target, {**headers, "host": place.host_header}, body)
        response = _send(place, addresses, request, seconds=seconds, authorities=authorities)
    except AddressRefusedError as failure:
        return _failed(str(failure.reason), began)
    except ResponseTimeoutError:
        return _failed("timeout", began)
    except NothingSentError:
        return _failed("connection", began)
    except BrokenResponseError:
        return _failed("broken_response", began)
    except RequestFailedError:
        return _failed("failed", began)
    return Answer(
        response.status,
        None,
        _readable(response.body),
        _milliseconds(began),
        _retry_after(response.headers.get("retry-after")),
    )


def _send(place: Place, addresses: Sequence[str], request: Request, *, seconds: float, authorities: Path) -> Response:
    """Send the request to the first address that accepts a connection, IPv4 before IPv6, which functions may lack."""
    tried = sorted(addresses, key=lambda address: ":" in address)[:_ADDRESSES_TRIED]
    for address in tried:
        pool = open_pool_to(
            address, place.origin, connect_seconds=min(_CONNECT_SECONDS, seconds), authorities=authorities
        )
        try:
            return send(pool, request, seconds=seconds, body_bytes_max=ANSWER_BYTES_MAX, cut=True)
        except NothingSentError:
            if address == tried[-1]:
                raise
        finally:
            pool.close()
    raise NothingSentError("no address")


def _failed(error: str, began: float) -> Answer:
    return Answer(None, error, "", _milliseconds(began))


def _milliseconds(began: float) -> int:
    return round((monotonic() - began) * 1000)


def _readable(body: bytes) -> str:
    return _UNPRINTABLE.sub("\ufffd", body.decode(errors="replace"))[:_ANSWER_CHARACTERS_KEPT]


def _retry_after(written: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which is a number or a date, or None if it is neither."""
    if written is None:
        return None
    if written.strip().isdecimal() and written.isascii():
        return float(written[:9])
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.fromtimestamp(epoch_seconds(), UTC)).total_seconds(), 0.0)
