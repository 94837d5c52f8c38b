"""GET /mail/{token} shows what the link would do, and does nothing."""

import pytest

from pixel.mail.links import Purpose
from pixel.mail.recipients import change_state
from pixel.workspaces.recipient_states import RecipientState
from tests.conftest import Output
from tests.routes.mail.mail_links import ADDRESS, link, look, state

pytestmark = pytest.mark.usefixtures("tables", "output")


def test_a_link_that_stops_asks_first_and_changes_nothing() -> None:
    page = look(link())

    assert (page.status, page.title, page.buttons) == (200, "Stop this mail?", ["Stop this mail"])
    assert state() is None


def test_a_link_that_confirms_asks_first_and_changes_nothing() -> None:
    page = look(link(Purpose.CONFIRM))

    assert (page.title, page.buttons) == ("Do you want this mail?", ["Yes, send it to me"])
    assert state() is None


@pytest.mark.parametrize(
    ("stands", "purpose", "title", "buttons"),
    [
        ("unsubscribed", Purpose.STOP, "This mail is stopped", ["Get it again"]),
        ("bounced", Purpose.STOP, "This mail is stopped", []),
        ("complained", Purpose.CONFIRM, "No mail is sent to this address", []),
        ("confirmed", Purpose.CONFIRM, "You get this mail", []),
        ("confirmed", Purpose.STOP, "Stop this mail?", ["Stop this mail"]),
    ],
)
def test_the_page_says_what_the_state_is(
    stands: RecipientState, purpose: Purpose, title: str, buttons: list[str]
) -> None:
    change_state("ws_1", ADDRESS, stands)

    page = look(link(purpose))

    assert (page.title, page.buttons) == (title, buttons)


def test_the_page_may_run_and_load_nothing_and_is_kept_nowhere() -> None:
    page = look(link())

    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'nonce-")
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<script" not in page.html
    assert "src=" not in page.html


def test_the_log_has_neither_link_nor_address(output: Output) -> None:
    token = link()
    look(token)

    assert token not in output.text
    assert ADDRESS not in output.text
