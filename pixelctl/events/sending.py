"""Send batches of events to the API over one connection, and retry while the API is busy."""

import gzip
import json
import random
from collections.abc import Callable, Sequence
from time import sleep
from typing import Any, Final, NamedTuple

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from pixelctl.api import Api
from pixelctl.failures import ControlError

PATH: Final = "/api/v1/pixel/events/batch"
# How long to retry without a usable answer. Before the first one, a wrong address is more likely than an outage.
RETRY_SECONDS: Final = 300.0
FIRST_RETRY_SECONDS: Final = 15.0
_PAUSE_SECONDS_MAX = 30.0
_TIMEOUT = urllib3.Timeout(connect=5, read=60)
_GZIP_LEVEL = 6
# An event that the API cannot store for now is sent a few times and then counts as rejected, so that it does not
# hold up the others.
_ATTEMPTS_PER_EVENT = 3
_TEMPORARY_CODES = frozenset({"internal_error", "tinybird_error"})


class Result(NamedTuple):
    status: str
    error: dict[str, Any] | None


class _TryAgainError(Exception):
    """The API cannot take a batch now; `seconds` is its Retry-After, if it gave one."""

    def __init__(self, why: str, seconds: int | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class _TooLargeError(ControlError):
    """The batch is too large, possibly only in the form in which the API's functions receive it."""


class EventSender:
    def __init__(self, api: Api, on_wait: Callable[[str], None], *, how_to_continue: str) -> None:
        self._api = api
        self._on_wait = on_wait
        self._how_to_continue = how_to_continue
        self._http = urllib3.PoolManager(maxsize=1, retries=False, timeout=_TIMEOUT)
        self._backoff = _Backoff(FIRST_RETRY_SECONDS)

    def send(self, events: Sequence[bytes]) -> list[Result]:
        """Send a batch and return a result for each event; send those again that failed temporarily."""
        results: dict[int, Result] = {}
        waiting = list(range(len(events)))
        for attempt in range(_ATTEMPTS_PER_EVENT):
            if attempt and waiting:
                self._wait(_TryAgainError(f"{len(waiting)} events could not be stored"))
            answered = self._post_until_taken([events[place] for place in waiting]) if waiting else []
            results.update(zip(waiting, answered, strict=True))
            waiting = [place for place in waiting if _is_temporary(results[place])]
        return [results[place] for place in range(len(events))]

    def _post_until_taken(self, events: list[bytes]) -> list[Result]:
        """Send events until the API answers, in halves if they are too large for one request."""
        while True:
            try:
                results = self._post(events)
            except _TryAgainError as failure:
                self._wait(failure)
            except _TooLargeError:
                if len(events) == 1:
                    raise
                middle = len(events) // 2
                return [*self._post_until_taken(events[:middle]), *self._post_until_taken(events[middle:])]
            else:
                self._backoff = _Backoff(RETRY_SECONDS)
                return results

    def _wait(self, failure: _TryAgainError) -> None:
        if failure.seconds is not None:
            self._on_wait(f"{failure}: waiting {failure.seconds} s")
            sleep(failure.seconds)
            return
        seconds = self._backoff.next_pause()
        if seconds is None:
            raise ControlError(f"{self._api.url} accepts no events: {failure}. {self._how_to_continue}")
        self._on_wait(f"{failure}: trying again in {seconds:.0f} s")
        sleep(seconds)

    def _post(self, events: list[bytes]) -> list[Result]:
        try:
            response = self._http.request(
                "POST",
                self._api.url + PATH,
                body=gzip.compress(b"\n".join(events), _GZIP_LEVEL, mtime=0),
                headers={
                    "Authorization": f"Bearer {self._api.key}",
                    "Content-Type": "application/x-ndjson",
                    "Content-Encoding": "gzip",
                    "User-Agent": "pixelctl",
                },
                redirect=False,
            )
        except SSLError as failure:
            raise ControlError(
                f"The certificate of {self._api.url} cannot be trusted: {failure}. Check --url."
            ) from failure
        except HTTPError as failure:
            raise _TryAgainError(f"no connection ({type(failure).__name__})") from failure
        if response.status == 202:
            return self._results(response.data, len(events))
        raise self._refusal(response)

    def _refusal(self, response: urllib3.BaseHTTPResponse) -> Exception:
        error = _error(response.data)
        code, message = error.get("code"), error.get("message") or "no reason given"
        if response.status == 429 and code != "quota_exceeded":
            seconds = response.headers.get("Retry-After", "")
            # The 429 of API Gateway itself has no Retry-After.
            return _TryAgainError("rate limit", max(1, int(seconds)) if seconds.isdecimal() else None)
        if response.status >= 500:
            return _TryAgainError(f"HTTP {response.status}, {message.rstrip('.')}")
        if 300 <= response.status < 400:
            return self._no_such_api()
        kind = _TooLargeError if response.status == 413 else ControlError
        return kind(f"The API refuses the events: {message} (HTTP {response.status}, {code or 'no code'})")

    def _results(self, content: bytes, expected: int) -> list[Result]:
        try:
            entries = json.loads(content)["data"]["results"]
            by_index = {entry["index"]: Result(entry["status"], entry.get("error")) for entry in entries}
            return [by_index[index] for index in range(expected)]
        except (ValueError, KeyError, TypeError):
            raise self._no_such_api() from None

    def _no_such_api(self) -> ControlError:
        return ControlError(f"{self._api.url} does not answer as Pixel API does; check --url.")


class _Backoff:
    """Exponential backoff with jitter, so that several senders do not retry at the same moment."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._pause = 1.0

    def next_pause(self) -> float | None:
        if self._left <= 0:
            return None
        pause = self._pause * random.uniform(0.5, 1)  # noqa: S311 - jitter is not a secret
        self._pause = min(self._pause * 2, _PAUSE_SECONDS_MAX)
        self._left -= pause
        return pause


def _error(content: bytes) -> dict[str, Any]:
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def _is_temporary(result: Result) -> bool:
    return result.error is not None and result.error.get("code") in _TEMPORARY_CODES
