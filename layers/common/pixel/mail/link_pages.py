"""The pages behind links in mail: GET shows a button and changes nothing, POST does what the link is for.

Programs that look at mail before its reader follow every link, so a GET must not change anything. Mail clients send the
POST of RFC 8058, whose body says nothing else.
"""

import base64
import binascii
from collections.abc import Callable
from html import escape
from typing import Final
from urllib.parse import parse_qs, unquote

from pixel.aws.json_service import AwsError
from pixel.foundation.observability import logger
from pixel.foundation.settings import ConfigurationError
from pixel.http.public_route import PublicRequest
from pixel.http.response import Document, Response
from pixel.mail.links import MailLink, NotSignedError, Purpose, link_of
from pixel.mail.recipients import change_state, state_by_hash
from pixel.redirects import pages
from pixel.redirects.answers import Answer
from pixel.workspaces.recipient_states import RecipientState

_FORMS: Final = "'self'"
_AGAIN: Final = "start"
_BODY_BYTES_MAX: Final = 4096
_ENDED: Final = {"bounced", "complained"}


def show_link(request: PublicRequest) -> Response:
    """Return the page of a link."""
    return _answered(request, _page)


def follow_link(request: PublicRequest) -> Response:
    """Do what a link is for, and return the page that says so. Doing it again changes nothing."""
    wants_again = _AGAIN in parse_qs(_body(request)).get("action", [])
    return _answered(request, lambda link: _followed(link, wants_again=wants_again))


def _followed(link: MailLink, *, wants_again: bool) -> Answer:
    state: RecipientState = "confirmed" if wants_again or link.purpose is Purpose.CONFIRM else "unsubscribed"
    noted = {"stopped_by": link.record_id} if state == "unsubscribed" else {}
    if not change_state(link.workspace_id, link.address_hash, state, **noted):
        return _cannot_start() if state == "confirmed" else stopped(may_start=False)
    return _started() if state == "confirmed" else stopped(may_start=True)


def _page(link: MailLink) -> Answer:
    state = state_by_hash(link.workspace_id, link.address_hash)
    if link.purpose is Purpose.CONFIRM:
        if state == "confirmed":
            return _started()
        if state in _ENDED:
            return _cannot_start()
        sentence = "Somebody entered your address for reports and alerts. Do you want them?"
        return asking("Do you want this mail?", sentence, "Yes, send it to me")
    if state in _ENDED or state == "unsubscribed":
        return stopped(may_start=state == "unsubscribed")
    sentence = "You then get no more reports and alerts of this workspace at this address."
    return asking("Stop this mail?", sentence, "Stop this mail")


def _answered(request: PublicRequest, answer: Callable[[MailLink], Answer]) -> Response:
    try:
        found = answer(link_of(unquote(request.path["token"])))
    except (NotSignedError, ValueError):
        sentence = "Open it from the mail again: a part of its address may be missing."
        found = pages.page(403, "search", "This link is not complete", sentence)
    except (AwsError, ConfigurationError) as failure:
        logger.error("a link in mail could not be followed", reason=str(failure))
        found = pages.unavailable()
    headers = {name: value for name, value in found.headers.items() if name != "Content-Type"}
    return Response(
        Document("text/html; charset=utf-8", found.body), found.status, {**headers, "X-Robots-Tag": "noindex"}
    )


def asking(title: str, sentence: str, button: str) -> Answer:
    """Return a page with a button, which sends the page's own address."""
    form = f'<form method="post"><button>{escape(button)}</button></form>'
    return pages.page(200, "mail", title, sentence, form, forms=_FORMS)


def _started() -> Answer:
    return pages.page(200, "mail", "You get this mail", "There is nothing else to do. Each mail has a link to stop it.")


def stopped(*, may_start: bool) -> Answer:
    """Return the page that says that mail is stopped; `may_start` offers to take that back."""
    form = (
        f'<form method="post"><input type="hidden" name="action" value="{_AGAIN}"><button>Get it again</button></form>'
        if may_start
        else ""
    )
    sentence = "No more reports and alerts of this workspace are sent to this address."
    return pages.page(200, "stop", "This mail is stopped", sentence, form, forms=_FORMS)


def _cannot_start() -> Answer:
    sentence = "Mail to it was returned or reported as spam. Ask whoever runs the website to enter another address."
    return pages.page(200, "stop", "No mail is sent to this address", sentence)


def _body(request: PublicRequest) -> str:
    if len(request.body) > _BODY_BYTES_MAX:
        return ""
    if not request.is_base64:
        return request.body
    try:
        return base64.b64decode(request.body).decode(errors="replace")
    except binascii.Error:
        return ""
