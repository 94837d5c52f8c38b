"""No key, no hash and no Authorization header in anything that a function writes, whatever happens."""

import logging
import traceback
from collections.abc import Callable

import pytest

from functions.authorizer.handler import handler as authorizer
from functions.me.get_me.handler import handler as get_me
from pixel.auth import keys, rate_limit
from pixel.auth.authorizer import AuthorizerFailedError
from pixel.auth.caller import Caller
from pixel.foundation.clock import now
from tests.conftest import IssuedKey, Output
from tests.routes.gateway import Event, event, event_of, send

pytestmark = pytest.mark.usefixtures("frozen")


class Written:
    """All of it: the function's output, what Powertools logs down to DEBUG, and what Lambda logs of a crash."""

    def __init__(self, output: Output, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, logger="aws_lambda_powertools")
        self._output = output
        self._caplog = caplog
        self.crash: BaseException | None = None

    def assert_silent_about(self, key: str) -> None:
        crash = "" if self.crash is None else "".join(traceback.format_exception(self.crash))
        text = self._output.text + self._caplog.text + crash
        assert text
        for secret in (key, key[15:-6], keys.digest(key), f"Bearer {key[:11]}"):
            assert secret not in text


@pytest.fixture
def written(output: Output, caplog: pytest.LogCaptureFixture) -> Written:
    return Written(output, caplog)


def _asking(key: str) -> Event:
    asked = event("authorizer")
    for headers in (asked["headers"], asked["multiValueHeaders"]):
        headers.pop("Authorization")
    asked["headers"]["Authorization"] = f"Bearer {key}"
    asked["multiValueHeaders"]["Authorization"] = [f"Bearer {key}"]
    return asked


def test_an_allowed_key_is_not_written(issue_key: Callable[..., IssuedKey], written: Written) -> None:
    key = issue_key().key

    authorizer(_asking(key), None)

    written.assert_silent_about(key)


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_denied_key_is_not_written(issue_key: Callable[..., IssuedKey], written: Written, field: str) -> None:
    key = issue_key(**{field: now()}).key

    authorizer(_asking(key), None)

    written.assert_silent_about(key)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("suffix", ["", "0", " again"])
def test_an_unknown_or_mistyped_key_is_not_written(written: Written, suffix: str) -> None:
    key = keys.generate()

    authorizer(_asking(key + suffix), None)

    written.assert_silent_about(key)


def test_a_key_is_not_written_when_the_store_is_down(store_down: Callable[[], None], written: Written) -> None:
    store_down()
    key = keys.generate()

    with pytest.raises(AuthorizerFailedError) as caught:
        authorizer(_asking(key), None)

    written.crash = caught.value
    written.assert_silent_about(key)


@pytest.mark.parametrize("place", ["find", "is_well_formed"])
def test_a_key_is_not_written_when_the_authorizer_crashes_over_it(
    written: Written, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    key = keys.generate()
    monkeypatch.setattr(f"pixel.auth.authorizer.{place}", _crash_over_it)

    with pytest.raises(AuthorizerFailedError) as caught:
        authorizer(_asking(key), None)

    written.crash = caught.value
    written.assert_silent_about(key)


@pytest.mark.usefixtures("tables")
def test_a_key_is_not_written_when_a_route_crashes_over_its_event(
    caller: Caller, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.generate()
    asked = event_of(caller)
    asked["headers"]["Authorization"] = f"Bearer {key}"
    monkeypatch.setattr(rate_limit, "take", lambda *_call: _crash_over_it(str(asked)))

    reply = send(get_me, asked)

    assert reply.status == 500
    assert key not in str(reply)
    written.assert_silent_about(key)


@pytest.mark.usefixtures("tables")
def test_a_route_does_not_write_the_header_it_was_sent(caller: Caller, written: Written) -> None:
    key = keys.generate()
    asked = event_of(caller)
    asked["headers"]["Authorization"] = f"Bearer {key}"

    send(get_me, asked)

    written.assert_silent_about(key)


def _crash_over_it(key: str) -> None:
    raise RuntimeError(f"cannot read {key}") from ValueError(f"Bearer {key}")
