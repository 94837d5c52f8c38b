"""GET and POST /mail/{token} answer 403 for what this deployment did not sign."""

import pytest

from tests.routes.mail.mail_links import link, look, post, state

pytestmark = pytest.mark.usefixtures("tables", "output")


@pytest.mark.parametrize("ending", ["x", "%00", "."])
def test_a_link_that_was_changed_is_not_followed(ending: str) -> None:
    token = link()

    for page in (look(token + ending), post(token + ending), look(token[:-3]), post(token[:-3])):
        assert (page.status, page.title) == (403, "This link is not complete")
    assert state() is None
