"""Whatever a visitor sends, the link leads where it leads, and its click is a row that the consumer can read."""

import json
import random
from typing import Any

from pixel.links.store import LinkStore
from tests.conftest import Output
from tests.links_given import new_link
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import event_of, follow

_VISITS = 300
_PIECES = (
    *("https://", "http://[::1", "//", "?", "#", "&", "=", "%", "%zz", "%00", ";", ",", ":", "@", '"', "<", "[", "\\"),
    *("utm_source", "px_notrack", "lw_cid", "qr", "de-DE", "q=", "Mozilla/5.0 (", ") Chrome/999999999999.0", "bot"),
    *("\0", "\r\n", "\t", "\x7f", "\x85", "\u2028", "ü", "\N{GRINNING FACE}", "\ud800", "\udfff", "a" * 300, "9" * 400),
)
_HEADERS = (
    *("User-Agent", "Referer", "Accept-Language", "Cookie", "Sec-Purpose", "Purpose", "X-Moz"),
    *("CloudFront-Viewer-Country", "Host", "X-Forwarded-For"),
)


def test_no_visit_is_odd_enough_to_fail_or_to_lose_its_click(links: LinkStore, clicks: Clicks, output: Output) -> None:
    link, dice = new_link(links, destination_url="https://example.com/page?a=1#top"), random.Random("odd visits")
    for number in range(_VISITS):
        event = _odd(event_of(f"/{link['code']}"), dice)
        before = len(clicks)

        reply = follow(event)

        assert reply.status == 302, event
        address = reply.headers["Location"]
        assert address.startswith("https://example.com/page?a=1"), event
        assert address.endswith("#top"), event
        assert all("!" <= character <= "~" for character in address), event
        is_hidden = (event["multiValueQueryStringParameters"] or {}).get("px_notrack", [""])[0] == "1"
        assert len(clicks) - before == (not is_hidden), (number, event)
        for row in clicks[before:]:
            json.dumps(row, ensure_ascii=False).encode()  # halves of surrogate pairs have no bytes
    assert output.lines == []


def _odd(event: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    headers = {name: [_text(dice) for _ in range(dice.randint(1, 2))] for name in dice.sample(_HEADERS, 4)}
    query = {_text(dice): [_text(dice) for _ in range(dice.randint(1, 3))] for _ in range(dice.randint(0, 4))}
    return {**event, "multiValueHeaders": headers, "multiValueQueryStringParameters": query or None}


def _text(dice: random.Random) -> str:
    return "".join(dice.choices(_PIECES, k=dice.randint(0, 4)))
