"""What fails on our side is never told as a fault of the key: the gateway makes a 500 of a failed authorizer."""

from collections.abc import Callable

import pytest

from functions.authorizer.handler import handler
from pixel.auth import keys
from pixel.auth.authorizer import AuthorizerFailedError
from tests.conftest import Output
from tests.routes.gateway import asking

pytestmark = pytest.mark.usefixtures("frozen", "output")


def _ask_with_a_key() -> None:
    handler(asking({"Authorization": f"Bearer {keys.generate()}"}), None)


def test_a_store_that_cannot_be_reached_denies_nobody(store_down: Callable[[], None]) -> None:
    store_down()

    with pytest.raises(AuthorizerFailedError):
        _ask_with_a_key()


def test_the_log_says_why(store_down: Callable[[], None], output: Output) -> None:
    store_down()

    with pytest.raises(AuthorizerFailedError):
        _ask_with_a_key()

    (line,) = output.logged("authorizer failed")
    assert (line["level"], line["request_id"]) == ("ERROR", "req_5a3d8e17-9c64-4b2f-a7d0-2e8b6f1c4d39")
    assert line["failure"][0].startswith("AwsUnreachableError(dynamodb GetItem: NothingSentError) at ")


def test_nothing_that_failed_inside_is_raised_along(store_down: Callable[[], None]) -> None:
    """Lambda's runtime writes what a function raises."""
    store_down()

    with pytest.raises(AuthorizerFailedError) as caught:
        _ask_with_a_key()

    assert str(caught.value) == "the authorizer failed; see the previous log line"
    assert caught.value.__suppress_context__


@pytest.mark.usefixtures("tables")
def test_a_deployment_without_a_keys_table_names_the_variable(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.delenv("PIXEL_KEYS_TABLE")

    with pytest.raises(AuthorizerFailedError):
        _ask_with_a_key()

    assert "PIXEL_KEYS_TABLE" in output.text
