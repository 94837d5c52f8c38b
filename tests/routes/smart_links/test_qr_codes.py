"""QR codes say the short link and that they were scanned; scanners read what the routes draw."""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from zlib import decompress

import pytest
import zxingcpp

from functions.smart_links.create_qr_code.handler import handler as create
from functions.smart_links.get_qr_code.handler import handler as get
from pixel.auth.caller import Caller
from pixel.foundation.settings import settings
from pixel.links.store import LinkStore
from tests.links_given import WORKSPACE, new_link
from tests.routes.gateway import event_of
from tests.routes.redirects.conftest import Clicks, clicks  # noqa: F401 - a fixture
from tests.routes.redirects.visiting import visit

pytestmark = pytest.mark.usefixtures("output")

_KEY = Caller(WORKSPACE, "key_1", "Shop", ("links:read",), 60, None, None)


def _get(link_id: str, *, accept: str = "*/*", if_none_match: str = "", **query: str) -> dict[str, Any]:
    sent = event_of(_KEY, "get_qr_code", query={name: [value] for name, value in query.items()})
    sent["pathParameters"] = {"linkId": link_id}
    sent["multiValueHeaders"] = {"Accept": [accept], "If-None-Match": [if_none_match]}
    response: dict[str, Any] = get(sent, None)
    return response


def _post(body: Mapping[str, Any]) -> tuple[int, Any]:
    sent = event_of(_KEY, "create_qr_code")
    sent["body"] = json.dumps(body)
    sent["multiValueHeaders"] = {"Content-Type": ["application/json"]}
    response = create(sent, None)
    return response["statusCode"], json.loads(response["body"])


def _faults(body: Any) -> dict[str, str]:
    assert body["error"]["code"] == "VALIDATION_ERROR"
    return {fault["path"]: fault["code"] for fault in body["error"]["details"]["fields"]}


def test_scanners_read_the_picture_of_each_format_and_style(links: LinkStore) -> None:
    link = new_link(links)
    address = f"{settings().links_url}/{link['code']}?qr=1"
    cases: list[tuple[dict[str, str], str]] = [
        ({}, "M"),
        ({"format": "svg", "size": "64", "margin": "2", "level": "L", "fg": "1D4ED8"}, "L"),
        ({"format": "png", "size": "1024", "level": "H", "fg": "663300", "bg": "ffe4c4"}, "H"),
        ({"format": "png", "size": "200", "margin": "16", "level": "Q", "bg": "transparent"}, "Q"),
        ({"fg": "ffffff", "bg": "000000"}, "M"),
    ]
    for query, level in cases:
        reply = _get(link["id"], accept="image/png", **query)
        is_png = query.get("format") == "png"
        size = int(query.get("size", 512))
        assert reply["headers"]["Content-Type"] == ("image/png" if is_png else "image/svg+xml")
        assert reply["isBase64Encoded"] is is_png
        pixels = _pixels_of_png(b64decode(reply["body"])) if is_png else _pixels_of_svg(reply["body"], size)

        assert not is_png or size // 2 < len(pixels) <= size
        [found] = zxingcpp.read_barcodes(_bitmap(pixels))
        assert (found.text, str(found.ec_level)) == (address, level), query


def test_a_scan_counts_as_one(links: LinkStore, clicks: Clicks) -> None:  # noqa: F811 - as above
    link = new_link(links)
    [found] = zxingcpp.read_barcodes(_bitmap(_pixels_of_svg(_get(link["id"])["body"], 512)))
    scanned = urlsplit(found.text)

    reply = visit(f"{scanned.path}?{scanned.query}")

    assert reply.location == "https://example.com/page"
    assert [(click["trigger"], click["link_id"]) for click in clicks] == [("qr", link["id"])]


def test_clients_keep_a_code_and_ask_whether_it_changed(links: LinkStore) -> None:
    link = new_link(links)
    replies = [
        _get(link["id"]),
        _get(link["id"], format="png"),
        _get(link["id"], format="png", accept="image/png"),
        _get(link["id"], fg="1d4ed8"),
    ]
    tags = [reply["headers"]["ETag"] for reply in replies]

    assert len({*tags}) == 4
    assert {reply["headers"]["Cache-Control"] for reply in replies} == {"private, max-age=86400"}
    kept = _get(link["id"], if_none_match=tags[0])
    assert (kept["statusCode"], kept["body"], kept["headers"]["ETag"]) == (304, "", tags[0])
    assert _get(link["id"], if_none_match=tags[3])["statusCode"] == 200


def test_a_png_is_json_where_the_gateway_would_not_send_it_as_a_file(links: LinkStore) -> None:
    link = new_link(links)
    binary = _get(link["id"], format="png", accept="IMAGE/png, */*")

    for accept in ("*/*", "", "text/html,image/png", "image/png;q=0.9"):
        reply = _get(link["id"], format="png", accept=accept)
        assert (reply["isBase64Encoded"], json.loads(reply["body"])["data"]["png"]) == (False, binary["body"])
    assert _post({"linkId": link["id"], "format": "png"}) == (
        200,
        {"success": True, "data": {"png": binary["body"]}},
    )


def test_an_address_of_ones_own_is_drawn_as_it_is(links: LinkStore) -> None:
    status, body = _post({"url": "https://shop.example/?a=1", "level": "H"})

    [found] = zxingcpp.read_barcodes(_bitmap(_pixels_of_svg(body["data"]["svg"], 512)))
    assert (status, found.text) == (200, "https://shop.example/?a=1")


def test_what_cannot_be_read_or_is_not_there_is_refused(links: LinkStore) -> None:
    link = new_link(links, short_code="a" * 64)
    queries: list[tuple[dict[str, str], dict[str, str]]] = [
        (
            {"format": "gif", "size": "63", "margin": "17", "level": "m", "fg": "red", "logo": "x"},
            dict.fromkeys(("format", "size", "margin", "level", "fg"), "invalid") | {"logo": "unknown"},
        ),
        ({"fg": "999999"}, {"bg": "invalid"}),  # 2.8 to 1
        ({"fg": "ffff00", "bg": "transparent"}, {"bg": "invalid"}),
        ({"fg": "777777", "bg": "00000g"}, {"bg": "invalid"}),
        ({"format": "png", "size": "64", "margin": "16", "level": "H", "fg": "1d4ed8"}, {"size": "invalid"}),
        ({"fg": ""}, {"fg": "invalid"}),
    ]
    for query, faults in queries:
        assert _faults(json.loads(_get(link["id"], **query)["body"])) == faults, query
    bodies: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({}, {"url": "missing"}),
        ({"url": "https://a.example", "linkId": link["id"]}, {"url": "invalid"}),
        ({"url": "javascript:alert(1)", "size": "big"}, {"url": "scheme", "size": "wrong_type"}),
        ({"url": f"https://a.example/{'a' * 1300}", "level": "H"}, {"url": "too_long"}),
        ({"linkId": link["id"], "margin": 17, "color": "red"}, {"margin": "invalid", "color": "unknown"}),
    ]
    for body, faults in bodies:
        status, answer = _post(body)
        assert (status, _faults(answer)) == (400, faults), body
    other = new_link(links, workspace_id="ws_2")
    links.delete(WORKSPACE, link["id"])
    for link_id in (other["id"], link["id"]):
        assert _get(link_id)["statusCode"] == _post({"linkId": link_id})[0] == 404


Pixels = list[bytes]
"""Rows of gray, from 0 for black to 255."""


def _bitmap(pixels: Pixels) -> memoryview:
    return memoryview(b"".join(pixels)).cast("B", (len(pixels), len(pixels[0])))


def _pixels_of_svg(svg: str, size: int) -> Pixels:
    """Return the modules of a drawing, four pixels each."""
    root = ET.fromstring(svg)
    assert (root.get("width"), root.get("height")) == (str(size), str(size))
    modules = int(root.get("viewBox", "").split()[2])
    colors = {"light": "#fff", "dark": "#000"}
    cells: set[tuple[int, int]] = set()
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        if path.get("fill"):
            colors["light"] = str(path.get("fill"))
            continue
        colors["dark"] = str(path.get("stroke"))
        x = y = 0.0
        for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", str(path.get("d"))):
            values = [float(number) for number in numbers.split()]
            if command == "h":
                cells |= {(int(x) + place, int(y)) for place in range(int(values[0]))}
                x += values[0]
            else:
                x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    gray = {name: bytes([_gray(color)]) for name, color in colors.items()}
    rows = [b"".join(gray["dark" if (x, y) in cells else "light"] * 4 for x in range(modules)) for y in range(modules)]
    return [row for row in rows for _ in range(4)]


def _gray(color: str) -> int:
    digits = color.removeprefix("#")
    wide = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    return sum(int(wide[place : place + 2], 16) for place in (0, 2, 4)) // 3


def _pixels_of_png(png: bytes) -> Pixels:
    """Return the pixels of a picture with two colors, a bit each, which may differ from the line above."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4])
        chunks[png[place + 4 : place + 8]] = png[place + 8 : place + 8 + length]
        place += 12 + length
    width = int.from_bytes(chunks[b"IHDR"][:4])
    depth, kind = chunks[b"IHDR"][8], chunks[b"IHDR"][9]
    assert depth == 1
    palette = chunks.get(b"PLTE", b"\x00\x00\x00\xff\xff\xff")
    grays = [sum(palette[place : place + 3]) // 3 for place in (0, 3)]
    transparent = chunks.get(b"tRNS")
    if transparent is not None:
        index = int.from_bytes(transparent) if kind == 0 else transparent.index(0)
        grays[index] = 255
    stride = 1 + (width + 7) // 8
    data = decompress(chunks[b"IDAT"])
    lines, above = [], bytes(stride - 1)
    for start in range(0, len(data), stride):
        filtered, line = data[start], data[start + 1 : start + stride]
        assert filtered in {0, 2}  # nothing, or the difference from the line above
        above = bytes((one + other) % 256 for one, other in zip(line, above, strict=True)) if filtered else line
        lines.append(above)
    return [bytes(grays[line[x // 8] >> (7 - x % 8) & 1] for x in range(width)) for line in lines]
