"""Questions are asked six at a time, each once, and their answers are kept for a minute."""

import threading
import time
from typing import Any

import pytest

from pixel.dashboard import questions
from pixel.dashboard.questions import KEPT_SECONDS, Answers, Question, UnansweredError
from pixel.tinybird.client import TinybirdResponse, TinybirdUnreachableError
from pixel.tinybird.pipe_calls import PipeCall
from tests.conftest import Frozen, Output

pytestmark = pytest.mark.usefixtures("frozen", "output")

_FIXED = (("website_id", "admx_1"), ("workspace_id", "ws_1"))


class _Pipes:
    """Pipes that answer their own name, and count how many are asked at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once: list[int] = []
        self.seconds = 0.0
        self.failure: Exception | None = None
        self._running = 0
        self._lock = threading.Lock()

    def call(self, call: PipeCall, _policy: Any, *, name: str) -> TinybirdResponse:
        assert name == "ws_1.dashboard"
        with self._lock:
            self.asked.append(call.pipe)
            self._running += 1
            self.at_once.append(self._running)
        time.sleep(self.seconds)
        with self._lock:
            self._running -= 1
        if self.failure is not None:
            raise self.failure
        return TinybirdResponse(200, f'{{"data":[{{"pipe":"{call.pipe}"}}]}}'.encode())


@pytest.fixture
def pipes(monkeypatch: pytest.MonkeyPatch) -> _Pipes:
    found = _Pipes()
    monkeypatch.setattr(questions, "call_pipe", found.call)
    return found


def _question(pipe: str, seconds: int = KEPT_SECONDS) -> Question:
    return Question(pipe, _FIXED, (), seconds)


def test_six_are_asked_at_once_and_each_has_its_answer(pipes: _Pipes) -> None:
    pipes.seconds = 0.05
    asked = [_question(f"p_{number}") for number in range(14)]

    answers = Answers(asked)

    assert [answers.to(question).rows for question in asked] == [[{"pipe": question.pipe}] for question in asked]
    assert max(pipes.at_once) == 6


def test_an_answer_is_kept_as_long_as_its_question_says(pipes: _Pipes, frozen: Frozen) -> None:
    page, present = _question("p_page"), _question("p_present", 15)
    first = Answers([page, present]).to(page)

    frozen.move(15)
    assert Answers([page, present]).to(page) == first
    frozen.move(44.9)
    Answers([page])
    frozen.move(0.1)
    second = Answers([page]).to(page)

    assert sorted(pipes.asked) == ["p_page", "p_page", "p_present", "p_present"]
    assert second.asked_at == first.asked_at + 60


def test_what_is_under_way_is_not_asked_again(pipes: _Pipes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "TOTAL_SECONDS", 0.05)
    pipes.seconds = 0.2
    slow = _question("p_slow")
    with pytest.raises(UnansweredError):
        Answers([slow]).to(slow)

    monkeypatch.setattr(questions, "TOTAL_SECONDS", 5)

    assert Answers([slow]).to(slow).rows == [{"pipe": "p_slow"}]
    assert pipes.asked == ["p_slow"]


def test_a_failure_has_a_code_and_is_not_kept(pipes: _Pipes, output: Output) -> None:
    pipes.failure = TinybirdUnreachableError("GET: ConnectionRefused")
    asked = _question("p_page")
    with pytest.raises(UnansweredError, match=r"^tinybird_error$"):
        Answers([asked]).to(asked)

    pipes.failure = None

    assert Answers([asked]).to(asked).rows == [{"pipe": "p_page"}]
    (line,) = output.logged("dashboard query failed")
    assert line["reason"] == "GET: ConnectionRefused"
