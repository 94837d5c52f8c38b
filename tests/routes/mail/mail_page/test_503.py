"""GET and POST /mail/{token} answer 503 while the store cannot be reached, and do not claim that mail is stopped."""

from collections.abc import Callable

import pytest

from tests.routes.mail.mail_links import link, look, post, state

pytestmark = pytest.mark.usefixtures("tables", "output")


def test_nothing_is_claimed_while_the_store_is_down(
    store_down: Callable[[], None], restart: Callable[[], None]
) -> None:
    token = link()
    store_down()

    for page in (look(token), post(token)):
        assert (page.status, page.title) == (503, "One moment, please")
        assert page.headers["Retry-After"] == "1"
    restart()
    assert state() is None
    assert post(token).status == 200
