"""Visitors of short links, and what became of their redirects: each has a mark of its own, which its click bears."""

import threading
import time
from collections import Counter

import urllib3

from tests.stack.chaos.failing_stack import FailingStack

_BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
# While functions or the stack are killed, a gateway has no other answer, or there is none.
_STARTS_SECONDS = 0.5  # until the stack may be there again
_UNANSWERED = {"500", "502", "503", "504", "no answer"}


class Visitor:
    """A visitor who follows one link again and again, and asks no second time for what was not answered."""

    def __init__(self, failing: FailingStack, number: int, path: str, destination: str) -> None:
        self.answered: set[str] = set()
        self.statuses: Counter[str] = Counter()
        self.faults: list[str] = []
        self.sent = 0
        self._failing = failing
        self._number = number
        self._path = path
        self._destination = destination
        self._http = urllib3.PoolManager(maxsize=1, retries=False, timeout=30)

    def run(self, over: threading.Event, pause_seconds: float) -> None:
        while not over.wait(pause_seconds):
            self.sent += 1
            self._follow(f"{self._number}-{self.sent}")

    def _follow(self, mark: str) -> None:
        url = f"{self._failing.stack.state['api_url']}{self._path}?utm_content={mark}"
        try:
            answer = self._http.request("GET", url, headers={"User-Agent": _BROWSER}, redirect=False)
        except urllib3.exceptions.HTTPError:
            self.statuses["no answer"] += 1
            time.sleep(_STARTS_SECONDS)
            return
        status = str(answer.status)
        self.statuses[status] += 1
        if status == "302" and answer.headers["Location"] == f"{self._destination}?utm_content={mark}":
            self.answered.add(mark)
        elif status not in _UNANSWERED:
            self.faults.append(f"{status} to {answer.headers.get('Location')} for {mark}")
