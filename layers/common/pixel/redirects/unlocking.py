"""Passwords of links: the proof that one was entered, as a cookie of the link's path, for fifteen minutes."""

import binascii
import hashlib
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final
from urllib.parse import parse_qs

from pixel.auth import passwords
from pixel.auth.reader_limits import MINUTE, Limit, PasswordAttempt, address_id
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError
from pixel.redirects import pages
from pixel.redirects.answers import Answer, redirect
from pixel.redirects.cookies import read_cookie, written_cookie
from pixel.redirects.signing import is_signed, signature
from pixel.redirects.visits import Visit

COOKIE: Final = "px_u"
VALID_SECONDS: Final = 900
_PURPOSE = "unlock"
_BODY_CHARACTERS_MAX = 4096
_PASSWORD_CHARACTERS_MAX = 128
_OF_VISITOR = Limit("link_password_visitor", 10, MINUTE)
_OF_LINK = Limit("link_password", 100, MINUTE)


def is_unlocked(visit: Visit, link: dict[str, Any]) -> bool:
    """Return whether the visitor has entered the link's password. Raises AwsError or ConfigurationError."""
    until, _, signed = read_cookie(visit, COOKIE).partition(".")
    if not (until.isdecimal() and until.isascii() and len(until) < 12) or int(until) <= epoch_seconds():
        return False
    try:
        given = urlsafe_b64decode(signed + "=" * (-len(signed) % 4))
    except (binascii.Error, ValueError):
        return False
    return len(given) == hashlib.sha256().digest_size and is_signed(_PURPOSE, _content(link, until), given)


def unlock(visit: Visit, link: dict[str, Any]) -> Answer:
    """Return the answer to a password: the link itself, with the proof, or the form again.

    The attempt is counted before, because a password takes 0.2 s to check and somebody might be guessing.
    """
    password = _password(visit)
    visitor = address_id(visit.source_ip)
    try:
        attempt = PasswordAttempt(link["link_id"], visitor, of_address=_OF_VISITOR, of_record=_OF_LINK)
    except ApiError as refusal:
        return pages.too_many_attempts(int((refusal.headers or {}).get("Retry-After", "60")))
    if not password or not passwords.is_right(password, link["password_hash"]):
        return pages.password_form(was_wrong=True)
    attempt.forget()
    until = str(int(epoch_seconds()) + VALID_SECONDS)
    signed = urlsafe_b64encode(signature(_PURPOSE, _content(link, until))).decode().rstrip("=")
    cookie = written_cookie(COOKIE, f"{until}.{signed}", VALID_SECONDS, visit.path)
    return redirect(visit.address, 303)._replace(cookies=(cookie,))


def _content(link: dict[str, Any], until: str) -> bytes:
    """Return what is signed. It ends with a change of the password."""
    return "\0".join((link["link_id"], link["password_hash"], until)).encode()


def _password(visit: Visit) -> str:
    body = visit.body[:_BODY_CHARACTERS_MAX]
    if visit.is_base64:
        try:
            body = b64decode(body, validate=False).decode()
        except (binascii.Error, ValueError):
            return ""
    try:
        given = parse_qs(body, max_num_fields=10).get("password", [""])[0]
    except ValueError:
        return ""
    return given if len(given) <= _PASSWORD_CHARACTERS_MAX else ""
