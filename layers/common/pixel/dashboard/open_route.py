"""POST /api/v1/share/open: a session for a share link."""

from typing import Any, Final

from pixel.auth import passwords, reader_limits
from pixel.auth.reader_limits import HOUR, MINUTE, Limit
from pixel.dashboard.opened import opened
from pixel.dashboard.sessions import link_session, written
from pixel.dashboard.share_lookup import find_link, to_dashboard
from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors
from pixel.http.front import reader_id
from pixel.http.public_route import PublicRequest
from pixel.http.request_bodies import read_json, unreadable
from pixel.http.response import Response

BODY_BYTES_MAX: Final = 4096
PASSWORD_CHARACTERS_MAX: Final = 128
_OPENS_OF_ADDRESS: Final = Limit("opens_address", 10, MINUTE)
_WRONG_OF_ADDRESS: Final = Limit("wrong_address", 5, 15 * MINUTE)
_WRONG_OF_LINK: Final = Limit("wrong_link", 50, HOUR)
_FIELDS = ("token", "password")


def open_response(request: PublicRequest) -> Response:
    """Return a session for the link with this token, if the password is right."""
    address = reader_id(request)
    reader_limits.take(_OPENS_OF_ADDRESS, address)
    token, password = _read(read_json(request, bytes_max=BODY_BYTES_MAX))
    found = find_link(token)
    if found is None:
        raise ApiError(ErrorCode.SHARE_NOT_FOUND)
    link, website = found
    if link.get("password_hash"):
        _require_password(link, password, address)
    session = link_session(link)
    data = {"session": written(session), **opened(to_dashboard(link, website), session)}
    return Response(data)


def _require_password(link: dict[str, Any], password: str | None, address: str | None) -> None:
    """Check the password. It takes 0.2 s, so the attempt is counted first."""
    if password is None:
        raise ApiError(ErrorCode.PASSWORD_REQUIRED)
    attempt = reader_limits.PasswordAttempt(link["id"], address, of_address=_WRONG_OF_ADDRESS, of_record=_WRONG_OF_LINK)
    if not passwords.is_right(password, link["password_hash"]):
        raise ApiError(ErrorCode.PASSWORD_WRONG)
    attempt.forget()


def _read(body: object) -> tuple[str, str | None]:
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    faults = FieldErrors()
    for name in body.keys() - set(_FIELDS):
        faults.add_unknown(str(name), _FIELDS, "a field of this request")
    token, password = body.get("token"), body.get("password")
    if not isinstance(token, str):
        faults.add("token", "missing" if token is None else "wrong_type", "`token` must be text.")
    if password is not None and not isinstance(password, str):
        faults.add("password", "wrong_type", "`password` must be text.")
    elif password is not None and len(password) > PASSWORD_CHARACTERS_MAX:
        sentence = f"`password` must have at most {PASSWORD_CHARACTERS_MAX} characters."
        faults.add("password", "too_long", sentence)
    faults.raise_any(ErrorCode.INVALID_BODY)
    return str(token), password or None
