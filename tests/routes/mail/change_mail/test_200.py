"""POST /mail/{token} does what the link is for, once or often."""

import base64

import pytest

from pixel.mail.links import Purpose
from pixel.mail.recipients import change_state
from tests.routes.mail.mail_links import ADDRESS, link, look, post, state

pytestmark = pytest.mark.usefixtures("tables", "output")

_MULTIPART = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [
        ("List-Unsubscribe=One-Click", False),
        (base64.b64encode(b"List-Unsubscribe=One-Click").decode(), True),
        (_MULTIPART, False),
        ("", False),
        ("x" * 10_000, False),
        ("not base64!", True),
    ],
)
def test_one_click_stops_mail_whatever_its_body(body: str, *, is_base64: bool) -> None:
    page = post(link(), body, is_base64=is_base64)

    assert (page.status, page.title, page.buttons) == (200, "This mail is stopped", ["Get it again"])
    assert state() == "unsubscribed"


def test_a_second_click_changes_nothing() -> None:
    first, second = post(link()), post(link())

    assert first.title == second.title
    assert state() == "unsubscribed"


def test_a_stop_can_be_taken_back() -> None:
    post(link())
    page = post(link(), "action=start")

    assert page.title == "You get this mail"
    assert state() == "confirmed"


def test_an_address_confirms() -> None:
    change_state("ws_1", ADDRESS, "pending")
    page = post(link(Purpose.CONFIRM), "")

    assert page.title == "You get this mail"
    assert state() == "confirmed"


@pytest.mark.parametrize("body", ["", "action=start"])
def test_a_complaint_stands(body: str) -> None:
    change_state("ws_1", ADDRESS, "complained")

    assert post(link(Purpose.CONFIRM), body).title == "No mail is sent to this address"
    assert post(link(), "").buttons == []
    assert state() == "complained"
    assert look(link()).buttons == []
