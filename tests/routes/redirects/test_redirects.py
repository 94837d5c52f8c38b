"""The order in which a request for a link is decided: what each state of a link answers, and what is recorded."""

from typing import Any, NamedTuple

import pytest

from pixel.links.models import DomainChanges
from pixel.links.store import LinkStore
from pixel.workspaces.models import checked
from tests.conftest import Frozen
from tests.links_given import WORKSPACE, new_link
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import BROWSER, columns, visit

_PAST, _SOON = "2026-03-04T05:06:00Z", "2026-03-04T06:00:00Z"
_SLACK = {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}
_PREVIEW = {"title": "A <title>", "image": "https://example.com/a.png"}
_PAGE = "https://example.com/page"


class _Case(NamedTuple):
    link: dict[str, Any]
    status: int
    location: str | None = None
    outcome: str | None = None  # None: nothing is recorded
    suffix: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    method: str = "GET"


_CASES = {
    "a link": _Case({}, 302, _PAGE, "redirected"),
    "its own status": _Case({"redirect_status": 307}, 307, _PAGE, "redirected"),
    "a permanent one": _Case({"redirect_status": 308}, 308, _PAGE, "redirected"),
    "another case": _Case({"short_code": "Sale-26"}, 302, _PAGE, "redirected"),
    "segments": _Case({"short_code": "a/b/c"}, 302, _PAGE, "redirected"),
    "a slash at the end": _Case({}, 302, _PAGE, "redirected", suffix="/"),
    "two slashes at the end": _Case({}, 404, suffix="//"),
    "switched off": _Case({"enabled": False}, 404),
    "not begun": _Case({"starts_at": _SOON}, 404),
    "begun": _Case({"starts_at": _PAST}, 302, _PAGE, "redirected"),
    "its page": _Case({"title": "Sale"}, 200, suffix="+"),
    "the page of one with a password": _Case({"password": "open"}, 404, suffix="+"),
    "the page of one that is off": _Case({"enabled": False}, 404, suffix="+"),
    "not expired": _Case({"expires_at": _SOON}, 302, _PAGE, "redirected"),
    "never": _Case({"redirect_mode": "never"}, 204, None, "tracked"),
    "never and nowhere": _Case({"redirect_mode": "never", "destination_url": None}, 204, None, "tracked"),
    "password": _Case({"password": "open"}, 200, None, "password"),
    "password, to a preview": _Case({"password": "open", "preview": _PREVIEW}, 200, None, "password", headers=_SLACK),
    "a preview": _Case({"preview": _PREVIEW}, 200, None, "preview", headers=_SLACK),
    "a preview to a browser": _Case({"preview": _PREVIEW}, 302, _PAGE, "redirected"),
    "no preview": _Case({}, 302, _PAGE, "redirected", headers=_SLACK),
    "head": _Case({}, 302, _PAGE, "redirected", method="HEAD"),
    "head of a page": _Case({"password": "open"}, 200, None, "password", method="HEAD"),
}


@pytest.mark.parametrize("name", _CASES)
def test_a_link_is_answered_by_its_state(name: str, links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    case = _CASES[name]
    link = new_link(links, **case.link)

    reply = visit(f"/{link['code'].upper()}{case.suffix}", method=case.method, headers=case.headers)

    assert (reply.status, reply.location) == (case.status, case.location)
    assert [row["outcome"] for row in clicks] == ([case.outcome] if case.outcome else [])
    assert [row["status"] for row in clicks] == ([case.status] if case.outcome else [])
    assert bool(reply.body) is (reply.status not in {204, 302, 307, 308} and case.method == "GET")


def test_what_has_ended_leads_where_the_link_says_else_where_the_domain_says(
    links: LinkStore, clicks: Clicks, frozen: Frozen
) -> None:
    own = new_link(links, expires_at=_SOON, expired_url="https://example.com/over")
    other = new_link(links, expires_at=_SOON)
    frozen.move(3600)

    replies = [visit(f"/{own['code']}"), visit(f"/{other['code']}")]
    links.update_domain(checked(DomainChanges, {"expired_url": "https://example.org/"}))
    frozen.move(60)
    replies.append(visit(f"/{other['code']}"))

    assert [(reply.status, reply.location) for reply in replies] == [
        (302, "https://example.com/over"),
        (410, None),
        (302, "https://example.org/"),
    ]
    assert {row["outcome"] for row in clicks} == {"expired"}
    assert {row["destination_host"] for row in clicks} == {""}


def test_a_banned_link_shows_no_destination_whatever_else_it_is(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links, enabled=False, password="open")
    links.set_banned(WORKSPACE, link["id"], banned=True)

    replies = [visit(f"/{link['code']}{suffix}") for suffix in ("", "+")]

    assert [reply.status for reply in replies] == [403, 403]
    assert not any("example.com" in reply.body for reply in replies)
    assert {row["outcome"] for row in clicks} == {"banned"}


def test_what_is_no_code_is_not_looked_up(links: LinkStore, clicks: Clicks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    paths = ("/api/v1/x", "/.env", "/wp-login.php", "/robots.txt", "/a.b", "/a%20b", "/%2e%2e/x", "/a/b/c/d", "/px_u")

    assert {path: visit(path).status for path in paths} == dict.fromkeys(paths, 404)
    assert clicks == []


def test_a_path_is_decoded_once(links: LinkStore, clicks: Clicks) -> None:
    new_link(links, short_code="sale/now")

    paths = ("/sale/now", "/sale%2Fnow", "/%73ale/now", "/sale%252Fnow")
    assert [visit(path).status for path in paths] == [302, 302, 302, 404]


def test_the_root_and_unknown_codes_lead_where_the_domain_says(
    links: LinkStore, clicks: Clicks, frozen: Frozen
) -> None:
    before = [visit("/"), visit("/unknown")]
    given = {"root_url": "https://example.com/", "not_found_url": "https://example.com/lost"}
    links.update_domain(checked(DomainChanges, given))
    frozen.move(60)
    after = [visit("/"), visit("/unknown")]

    assert [reply.status for reply in before] == [404, 404]
    assert [reply.location for reply in after] == ["https://example.com/", "https://example.com/lost"]
    assert clicks == []


def test_a_deleted_link_and_one_that_never_was_are_alike(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    link, off = new_link(links), new_link(links, enabled=False)
    assert visit(f"/{link['code']}").status == 302
    links.delete(WORKSPACE, link["id"])
    frozen.move(5)  # what a container keeps

    replies = [visit(f"/{code}") for code in (link["code"], off["code"], "never-was")]

    shown = {(reply.status, reply.body.split("nonce")[0], *sorted(reply.headers)) for reply in replies}
    assert len(shown) == 1
    assert len(clicks) == 1


def test_the_query_is_passed_on_as_the_link_says(links: LinkStore, clicks: Clicks) -> None:
    address = "https://example.com/?a=1&b=%2F#end"
    query = "?a=2&c=x%20y&c=z&qr=1&px_foo=1&lw_cid=clk_1&utm_source=mail"
    passed = "c=x%20y&c=z&utm_source=mail#end"
    expected = {
        "append": f"https://example.com/?a=1&b=%2F&{passed}",
        "override": f"https://example.com/?b=%2F&a=2&{passed}",
        "off": address,
    }

    for mode, location in expected.items():
        link = new_link(links, destination_url=address, query_mode=mode)
        assert visit(f"/{link['code']}{query}").location == location
    assert {row["trigger"] for row in clicks} == {"qr"}
    assert columns(clicks, "utm_source") == [("mail",), ("mail",), ("",)]


def test_a_visitor_can_ask_not_to_be_recorded(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links)

    assert visit(f"/{link['code']}?px_notrack=1").location == _PAGE
    assert clicks == []


def test_headers_of_answers(links: LinkStore, clicks: Clicks) -> None:
    link, kept, indexed = new_link(links), new_link(links, redirect_status=301), new_link(links, indexable=True)
    page = visit("/unknown").headers

    replies = [visit(f"/{one['code']}") for one in (link, kept, indexed)]

    assert [reply.headers["Cache-Control"] for reply in replies] == ["no-store", "private, max-age=90", "no-store"]
    assert ["X-Robots-Tag" in reply.headers for reply in replies] == [True, True, False]
    assert page["Cache-Control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in page["Content-Security-Policy"].split("; "))
    assert policy.pop("style-src").startswith("'nonce-")
    assert policy == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    for reply in (*replies, visit("/unknown"), visit("/")):
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_pages_escape_what_people_wrote(links: LinkStore, clicks: Clicks) -> None:
    hostile = {"title": '"><script>alert(1)</script>', "description": "<img src=x onerror=alert(1)>"}
    link = new_link(
        links,
        title=hostile["title"],
        destination_url="https://example.com/?a=\"><script>alert('1')</script>",
        preview={**hostile, "image": "https://example.com/\"onerror='a"},
    )

    pages = [visit(f"/{link['code']}+"), visit(f"/{link['code']}", headers=_SLACK)]

    for page in pages:
        assert "<script" not in page.body
        assert "<img" not in page.body
        assert "&lt;script&gt;" in page.body
    assert 'property="og:title"' in pages[1].body


def test_every_answer_to_a_browser_is_the_same_for_a_client_that_sends_little(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links)

    for headers in ({"User-Agent": ""}, {"User-Agent": BROWSER, "Referer": "::\x7f//", "Accept-Language": ";;q=9,,*"}):
        assert visit(f"/{link['code']}", headers=headers).location == _PAGE
    assert columns(clicks, "bot_reason", "language") == [("empty_user_agent", ""), ("", "")]
