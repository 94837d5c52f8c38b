"""The row of a click: every column of the datasource, derived, and nothing by which a person is known."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest

from pixel.links.store import LinkStore
from pixel.redirects.clicks import ID_PURPOSE
from pixel.redirects.signing import is_signed
from tests.conftest import Frozen
from tests.links_given import OTHER_WORKSPACE, OWN_HOST, WORKSPACE, new_link
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import BROWSER, columns, visit

_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
_IP = "203.0.113.7"


def test_a_row_has_every_column(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    frozen.move(0.25)
    link = new_link(
        links, short_code="Sale", tags=["a", "b"], destination_url="https://www.example.com/x", utm_campaign="spring"
    )
    headers = {
        "User-Agent": _IPHONE,
        "Referer": "https://news.example.org/story?id=secret#part",
        "Accept-Language": "en;q=0.7, de-AT;q=0.9",
        "CloudFront-Viewer-Country": "AT",
    }

    visit("/sale?utm_source=mail&other=private", headers=headers)

    [row] = clicks
    click_id, visitor = row.pop("click_id"), row.pop("visitor_hash")
    assert len(click_id) == len("clk_") + 50
    assert len(visitor) == 32
    assert row == {
        "workspace_id": WORKSPACE,
        "link_id": link["id"],
        "timestamp": "2026-03-04T05:06:10.250Z",
        "received_at": "2026-03-04T05:06:10.250Z",
        "domain": OWN_HOST,
        "code": "Sale",
        "campaign_id": "",
        "folder_id": "",
        "rule_id": "",
        "destination_host": "www.example.com",
        "tags": ["a", "b"],
        "variant": 0,
        "status": 302,
        "outcome": "redirected",
        "trigger": "link",
        "country": "AT",
        "continent": "EU",
        "region": "",
        "city": "",
        "language": "de-AT",
        "device": "mobile",
        "browser": "Safari",
        "os": "iOS",
        "user_agent": _IPHONE,
        "referrer": "https://news.example.org/story",
        "referrer_host": "news.example.org",
        "channel": "campaign",
        "llm_engine": "",
        "utm_source": "mail",
        "utm_medium": "",
        "utm_campaign": "spring",
        "utm_term": "",
        "utm_content": "",
        "is_bot": 0,
        "bot_reason": "",
    }


def test_nothing_of_a_row_is_an_address_or_what_only_this_visitor_sent(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links)

    visit(
        f"/{link['code']}?email=ann@example.com", ip=_IP, headers={"Cookie": "a=b", "X-Forwarded-For": "198.51.100.9"}
    )

    written = json.dumps(clicks)
    assert not any(secret in written for secret in (_IP, "198.51.100.9", "ann@", "a=b"))


def test_a_visitor_is_another_one_tomorrow_and_in_another_workspace(
    links: LinkStore, clicks: Clicks, frozen: Frozen
) -> None:
    link, other = new_link(links), new_link(links, workspace_id=OTHER_WORKSPACE)
    for code in (link["code"], link["code"], other["code"]):
        visit(f"/{code}")
    visit(f"/{link['code']}", ip="203.0.113.8")
    visit(f"/{link['code']}", headers={"User-Agent": _IPHONE})
    frozen.move(86_400)
    visit(f"/{link['code']}")

    hashes = [row["visitor_hash"] for row in clicks]

    assert hashes[0] == hashes[1]
    assert len({*hashes}) == 5
    assert len({row["click_id"] for row in clicks}) == 6
    assert [row["workspace_id"] for row in clicks[:3]] == [WORKSPACE, WORKSPACE, OTHER_WORKSPACE]


def test_an_id_of_a_click_says_link_and_time_and_is_signed(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    link = new_link(links)
    visit(f"/{link['code']}?qr=1", method="HEAD")

    content = urlsafe_b64decode(clicks[0]["click_id"].removeprefix("clk_") + "==")
    signed_part, signature = content[:-10], content[-10:]

    assert (content[0], content[1]) == (1, 3)  # of a bot, by a QR code
    assert int.from_bytes(content[2:15]) == int(link["id"].removeprefix("link_"), 36)
    assert int.from_bytes(content[15:21]) == int(frozen.seconds * 1000)
    assert is_signed(ID_PURPOSE, signed_part, signature)
    assert not is_signed(ID_PURPOSE, signed_part[:-1] + b"x", signature)
    assert not is_signed("unlock", signed_part, signature)
    assert not is_signed(ID_PURPOSE, signed_part, b"")


_OUTLOOK = "https://eur01.safelinks.protection.outlook.com/"
_BOTS: dict[str, tuple[str, dict[str, str]]] = {
    "": ("GET", {"Referer": "https://outlook.com/"}),
    "head": ("HEAD", {"Sec-Purpose": "prefetch", "User-Agent": "Googlebot/2.1"}),
    "prefetch": ("GET", {"Sec-Purpose": "prefetch;prerender", "User-Agent": "Googlebot/2.1"}),
    "crawler": ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)", "Referer": _OUTLOOK}),
    "http_library": ("GET", {"User-Agent": "curl/8.0"}),
    "empty_user_agent": ("GET", {"User-Agent": " "}),
    "mail_scanner": ("GET", {"Referer": _OUTLOOK}),
}


@pytest.mark.parametrize("reason", _BOTS)
def test_bots_are_redirected_and_flagged_and_use_up_nothing(reason: str, links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links, clicks_limit=1)
    method, headers = _BOTS[reason]

    replies = [visit(f"/{link['code']}", method=method, headers=headers).status for _ in range(2)]

    assert columns(clicks, "bot_reason", "is_bot") == [(reason, int(bool(reason)))] * 2
    assert replies == ([302, 302] if reason else [302, 410])


@pytest.mark.parametrize("name", ["Purpose", "X-Purpose", "X-Moz", "Sec-Purpose"])
def test_every_header_of_a_prefetch_counts(name: str, links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links)

    visit(f"/{link['code']}", headers={name: "prefetch"})

    assert clicks[0]["bot_reason"] == "prefetch"


def test_a_row_fits_into_a_message_whatever_is_sent(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links, title="x" * 200, tags=[f"{number:02}" + "ü" * 48 for number in range(20)])
    headers: dict[str, Any] = {
        "User-Agent": BROWSER + "\N{GRINNING FACE}" * 5000,
        "Referer": "https://example.org/" + "é" * 9000,
        "Accept-Language": "de," * 5000,
        "CloudFront-Viewer-Country": "not a country",
    }

    visit(f"/{link['code']}?utm_source={'x' * 5000}", headers=headers)

    assert len(json.dumps(clicks[0])) < 32_000
    assert (len(clicks[0]["user_agent"]), len(clicks[0]["utm_source"])) == (512, 512)
    assert (clicks[0]["country"], clicks[0]["continent"]) == ("", "")
