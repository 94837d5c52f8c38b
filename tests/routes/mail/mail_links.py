"""What tests of links in mail share: links, their pages, and the state that an address is in."""

import re
from typing import Any, NamedTuple

from functions.mail.change_mail.handler import handler as change_mail
from functions.mail.mail_page.handler import handler as mail_page
from pixel.mail.links import MAIL_SECRET, MailLink, Purpose, token_of
from pixel.mail.recipients import state_by_hash
from pixel.workspaces.recipient_states import address_hash
from tests.conftest import put_secret
from tests.routes.gateway import event

ADDRESS = address_hash("ann@example.org")


class Page(NamedTuple):
    status: int
    headers: dict[str, str]
    html: str

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.html)
        assert found is not None
        return found[1]

    @property
    def buttons(self) -> list[str]:
        return re.findall(r"<button>(.*?)</button>", self.html)


def link(purpose: Purpose = Purpose.STOP) -> str:
    """Store the secret and return the token of a link."""
    put_secret(MAIL_SECRET, "s" * 64)
    return token_of(MailLink(purpose, "ws_1", ADDRESS, "report_1"))


def look(token: str) -> Page:
    return _page(mail_page, event("mail_page"), token)


def post(token: str, body: str = "List-Unsubscribe=One-Click", *, is_base64: bool = False) -> Page:
    asked = event("change_mail")
    asked["body"], asked["isBase64Encoded"] = body, is_base64
    return _page(change_mail, asked, token)


def state() -> str | None:
    return state_by_hash("ws_1", ADDRESS)


def _page(handler: Any, asked: Any, token: str) -> Page:
    asked["pathParameters"] = {"token": token}
    answer = handler(asked, None)
    return Page(answer["statusCode"], answer["headers"], answer["body"])
