"""Secrets are read once in a while, survive an outage of the store, and are never in a message."""

import pytest

from pixel.aws.json_service import AwsError
from pixel.aws.secrets import read_secret, refresh_secret
from pixel.foundation import container
from pixel.foundation.settings import ConfigurationError
from tests.conftest import Frozen, Output, put_secret

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")


def _unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
    container.forget_environment()


def test_a_secret_is_read_once_and_again_when_it_is_five_minutes_old(frozen: Frozen, sent: list[str]) -> None:
    put_secret("one", "first")

    assert [read_secret("one"), read_secret("one")] == ["first", "first"]
    put_secret("one", "second")
    frozen.move(299)
    assert read_secret("one") == "first"
    frozen.move(1)
    assert read_secret("one") == "second"
    assert sent == ["GetParameter", "GetParameter"]


def test_a_secret_that_is_missing_is_named_and_looked_for_again_after_a_while(frozen: Frozen, sent: list[str]) -> None:
    for _ in range(3):
        with pytest.raises(ConfigurationError, match=r"^the parameter one does not exist; store it and try again$"):
            read_secret("one")
    assert sent == ["GetParameter"]

    put_secret("one", "value")
    frozen.move(30)

    assert read_secret("one") == "value"


def test_a_secret_that_was_refused_is_read_anew_but_not_with_every_refusal(frozen: Frozen, sent: list[str]) -> None:
    put_secret("one", "old")
    read_secret("one")
    put_secret("one", "new")

    assert refresh_secret("one") == "old"
    frozen.move(30)
    assert [refresh_secret("one"), refresh_secret("one")] == ["new", "new"]
    assert len(sent) == 2


def test_an_outage_of_the_store_is_bridged_by_what_was_read_last(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    put_secret("one", "a-secret-value")
    read_secret("one")
    frozen.move(300)
    _unreachable(monkeypatch)

    assert read_secret("one") == "a-secret-value"
    (line,) = output.logged("secret could not be refreshed; using the cached value")
    assert line["secret"] == "one"
    assert "a-secret-value" not in output.text


def test_an_outage_before_the_first_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _unreachable(monkeypatch)

    with pytest.raises(AwsError, match="ssm GetParameter"):
        read_secret("one")
