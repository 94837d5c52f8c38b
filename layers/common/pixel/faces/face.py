"""What a face declares: how its answers look, which limits its routes count in, and which keys it takes.

A face is a set of routes. The route chooses it, never the key, and no other code asks which face it works for: whatever
differs between faces is a field of this declaration.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pixel.foundation.errors import ApiError, ErrorDefinition

Limits = Mapping[str, tuple[int, int]]
"""Requests and the seconds of their window, by the name of the class of limits."""


class LimitClass(NamedTuple):
    """Routes that count together: so many requests in each window, unless the key has a limit of its own for them."""

    name: str  # in `limits` of a key
    requests: int
    window_seconds: int
    counter: str  # what is counted, with placeholders for the ids of workspace and key and for the seconds
    scopes: tuple[str, ...] = ()  # a key that has one of these has this limit


class Limit(NamedTuple):
    """A limit of one caller, and the name that its requests are counted under."""

    counter: str
    requests: int
    window_seconds: int


class Allowance(NamedTuple):
    """What is left of a limit in this window."""

    limit: int
    remaining: int
    resets_at: int
    is_counted: bool  # False if the counter could not be reached
    latency_ms: int = 0  # how long counting took


def usual_limit_headers(allowance: Allowance) -> Mapping[str, str]:
    """Return what is left of a limit as most APIs say it."""
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": str(allowance.resets_at),
    }


class Face(NamedTuple):
    """An API: its routes, and how their answers differ from those of other faces."""

    name: str
    paths: tuple[str, ...]  # each stands for the path itself and for all paths below it
    success: Callable[[str, Mapping[str, object]], str]  # returns the body of JSON of `data` and of what `meta` has
    failure: Callable[[str, Mapping[str, object]], str]  # returns the body of JSON of `error` and of what `meta` has
    scopes: tuple[str, ...] = ()
    limits: tuple[LimitClass, ...] = ()
    codes: Mapping[int, str] = {}  # codes of errors by status; without one, an error keeps its own
    errors: Mapping[ErrorDefinition, ErrorDefinition] = {}  # errors with another code, status or message than these
    error_headers: Mapping[int, Mapping[str, str]] = {}  # by status
    headers: Callable[[str], Mapping[str, str]] = lambda _request_id: {}  # of every answer of a function
    limit_headers: Callable[[Allowance], Mapping[str, str]] = usual_limit_headers  # of every answer to a known key
    key_header: str = ""  # in lower case: a header that may have the key in place of Authorization
    has_own_api: bool = False  # whether API Gateway's own responses are in its words, as it has an API of its own
    shows_docs: bool = False  # whether an error has the address that describes it
    is_of_one_website: bool = False  # whether its keys are bound to one website, and take no scopes of other faces

    def has(self, path: str) -> bool:
        """Return whether a path of the template is one of this face."""
        return any(path == own or path.startswith(f"{own}/") for own in self.paths)

    def shown(self, failure: ApiError) -> ErrorDefinition:
        """Return an error with the code, the status and the message that this face gives it.

        A message may have the placeholder `fault`, which is the sentence about the first field that is wrong.
        """
        own = self.errors.get(failure.error)
        if own is not None:
            return own._replace(message=own.message.format(fault=failure.first_fault, **failure.values))
        error = failure.error
        return ErrorDefinition(self.codes.get(error.status, error.code), error.status, failure.message)
