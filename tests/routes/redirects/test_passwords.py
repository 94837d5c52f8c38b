"""The password of a link: asked for, counted before it is checked, and proven by a cookie of the link alone."""

from urllib.parse import urlencode

import pytest

from pixel.links.models import LinkChanges
from pixel.links.store import LinkStore
from pixel.redirects.unlocking import VALID_SECONDS
from pixel.workspaces.models import checked
from tests.conftest import Frozen
from tests.links_given import WORKSPACE, new_link
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import Reply, enter, visit

_RIGHT = "open sesame & more+"


def _form(password: str) -> str:
    return urlencode({"password": password})


def _cookie(reply: Reply) -> dict[str, str]:
    return {"Cookie": f"other=1; {reply.headers['Set-Cookie'].partition(';')[0]}"}


def test_the_right_password_opens_the_link_for_a_while(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    link = new_link(links, short_code="a/Sale", password=_RIGHT)

    asked = visit("/a/sale?qr=1")
    entered = enter("/a/sale?qr=1", _form(_RIGHT))
    opened = visit("/a/sale?qr=1", headers=_cookie(entered))
    frozen.move(VALID_SECONDS)
    later = visit("/a/sale", headers=_cookie(entered))

    # Browsers stop a redirect that follows a form and leads where this does not allow.
    assert "; form-action 'self' http: https:;" in asked.headers["Content-Security-Policy"]
    assert (asked.status, entered.status, opened.status, later.status) == (200, 303, 302, 200)
    assert "example.com" not in asked.body + entered.body
    assert entered.location == "/a/sale?qr=1"
    cookie = entered.headers["Set-Cookie"].split("; ")
    assert cookie[1:] == ["Max-Age=900", "Path=/a/sale", "HttpOnly", "Secure", "SameSite=Lax"]
    assert opened.location == "https://example.com/page"
    assert [row["outcome"] for row in clicks] == ["password", "redirected", "password"]
    assert link["code"] == "a/Sale"


def test_the_stage_stands_in_path_and_cookie(links: LinkStore, clicks: Clicks) -> None:
    new_link(links, short_code="sale", password=_RIGHT)

    entered = enter("/sale", _form(_RIGHT), stage="/live")

    assert entered.location == "/live/sale"
    assert "; Path=/live/sale; " in entered.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "body", [_form("wrong"), "", "password=", "other=1", "\x00%%%", "password=" + "x" * 9000, "a=1&" * 50]
)
def test_anything_else_is_wrong(body: str, links: LinkStore, clicks: Clicks) -> None:
    new_link(links, short_code="sale", password=_RIGHT)

    reply = enter("/sale", body)

    assert reply.status == 401
    assert "Set-Cookie" not in reply.headers
    assert "example.com" not in reply.body


def test_a_proof_is_of_one_link_and_one_password(links: LinkStore, clicks: Clicks) -> None:
    first, second = (new_link(links, short_code=code, password=_RIGHT) for code in ("first", "second"))
    proof = _cookie(enter("/first", _form(_RIGHT)))
    assert visit("/first", headers=proof).status == 302

    forged = {"Cookie": proof["Cookie"].replace("px_u=1", "px_u=9", 1)}
    for headers in (
        forged,
        {"Cookie": "px_u=99999999999."},
        {"Cookie": "px_u=99999999999.AAAA"},
        {"Cookie": "px_u=\xff"},
    ):
        assert visit("/first", headers=headers).status == 200
    assert visit("/second", headers=proof).status == 200
    links.update(WORKSPACE, first["id"], checked(LinkChanges, {"password": "another one"}))
    assert enter("/second", _form("another one")).status == 401
    assert second["id"] != first["id"]


def test_a_changed_password_ends_earlier_proofs(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    link = new_link(links, short_code="sale", password=_RIGHT)
    proof = _cookie(enter("/sale", _form(_RIGHT)))
    links.update(WORKSPACE, link["id"], checked(LinkChanges, {"password": _RIGHT}))
    frozen.move(5)

    assert visit("/sale", headers=proof).status == 200


def test_ten_attempts_a_minute_and_visitor_a_hundred_a_link(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    new_link(links, short_code="sale", password=_RIGHT)

    of_one = [enter("/sale", _form("wrong")).status for _ in range(11)]
    refused = enter("/sale", _form(_RIGHT))
    of_others = [enter("/sale", _form("wrong"), ip=f"198.51.100.{number}").status for number in range(100)]
    frozen.move(60)

    assert of_one == [401] * 10 + [429]
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) <= 60
    assert of_others.count(401) == 90
    assert enter("/sale", _form(_RIGHT)).status == 303


def test_right_passwords_are_no_attempts(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    new_link(links, short_code="sale", password=_RIGHT)

    assert {enter("/sale", _form(_RIGHT)).status for _ in range(15)} == {303}


def test_only_a_link_with_a_password_takes_one(links: LinkStore, clicks: Clicks) -> None:
    open_link, off = new_link(links), new_link(links, enabled=False, password=_RIGHT)

    replies = [enter(f"/{one['code']}", _form(_RIGHT)) for one in (open_link, off)]

    assert [(reply.status, reply.location) for reply in replies] == [
        (303, f"/{open_link['code']}"),
        (303, f"/{off['code']}"),
    ]
    assert [enter(path, _form(_RIGHT)).status for path in ("/unknown", "/api", "/a.b")] == [404, 404, 404]
