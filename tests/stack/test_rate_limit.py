"""60 requests a minute and workspace, over HTTP: exactly, whoever sends them and however many at once."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from pixel.auth.caller import Scope
from tests.stack.conftest import new_tenant
from tests.stack.running import Response, RunningStack, within_one_minute


class Answers(NamedTuple):
    admitted: list[Response]
    refused: Response
    window_end: int
    seconds_left: float


def test_61st_request_is_refused_and_every_answer_says_where_it_stands(stack: RunningStack) -> None:
    def ask_61_times() -> Answers:
        window_end = (int(time.time()) // 60 + 1) * 60
        tenant = new_tenant(stack)
        first, second = tenant.key(Scope.READ), tenant.key()
        admitted = [stack.call("/api/v1/me", key=first if n % 2 else second) for n in range(60)]
        refused = stack.call("/api/v1/me", key=first)
        return Answers(admitted, refused, window_end, window_end - time.time())

    admitted, refused, window_end, seconds_left = within_one_minute(ask_61_times)

    assert [response.status for response in admitted] == [200] * 60
    assert [int(response.headers["X-RateLimit-Remaining"]) for response in admitted] == list(range(59, -1, -1))
    assert {response.headers["X-RateLimit-Limit"] for response in admitted} == {"60"}
    assert {response.headers["X-RateLimit-Reset"] for response in [*admitted, refused]} == {str(window_end)}
    assert refused.status == 429
    assert refused.code == "rate_limit_exceeded"
    assert refused.json["error"]["details"] == {"limit": 60, "window": "1 minute"}
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    retry_after = int(refused.headers["Retry-After"])
    assert max(1, seconds_left) <= retry_after <= seconds_left + 2
    assert f"wait {retry_after} s" in refused.json["error"]["message"]


def test_other_workspaces_are_untouched(stack: RunningStack) -> None:
    def ask_for_two() -> tuple[list[int], Response]:
        limited, other = new_tenant(stack, rate_limit=1).key(), new_tenant(stack).key()
        return [stack.call("/api/v1/me", key=limited).status for _ in range(3)], stack.call("/api/v1/me", key=other)

    statuses, response = within_one_minute(ask_for_two)

    assert statuses == [200, 429, 429]
    assert (response.status, response.headers["X-RateLimit-Remaining"]) == (200, "59")


def test_120_requests_at_once_let_exactly_60_through(stack: RunningStack) -> None:
    def ask_120_times() -> Counter[int]:
        tenant = new_tenant(stack)
        keys = [tenant.key() for _ in range(4)]
        with ThreadPoolExecutor(8) as threads:
            return Counter(
                threads.map(lambda number: stack.call("/api/v1/me", key=keys[number % 4]).status, range(120))
            )

    assert within_one_minute(ask_120_times) == {200: 60, 429: 60}
