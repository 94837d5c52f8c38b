"""The documents as the embedded stack serves them: the API reference at `/docs`, and pages written for people as HTML.

API Gateway knows none of these paths, so a deployed API answers 404 there.
"""

import re
from functools import cache
from html import escape
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

from local.gateway.call import HttpRequest, HttpResponse

REFERENCE: Final = "/docs/api.html"
ERRORS: Final = "/docs/errors.md"
_BEGINNING: Final = "/docs/"
_REPOSITORY: Final = Path(__file__).resolve().parent.parent
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".yaml": "application/yaml",
}
# The reference sets styles of elements by script. Requests that a reader tries out go to this stack alone.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = [
    ("Cache-Control", "no-cache"),
    ("Content-Security-Policy", _POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
_STYLE: Final = (
    "body{font:16px/1.55 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}"
    "body{color:#1c1c28;background:#fff;overflow-wrap:anywhere}"
    "a{color:#4338ca}code{font-size:.9em}"
    "pre,.table{overflow-x:auto}pre{padding:.75rem;border-radius:.4rem;background:#f3f3f7}"
    "table{border-collapse:collapse}td,th{padding:.3rem .6rem;border:1px solid #d5d5df}"
    "td,th{text-align:left;vertical-align:top}"
    ":target{scroll-margin-top:1rem;text-decoration:underline}img{max-width:100%}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6ef;background:#14141c}a{color:#a5b4fc}"
    "pre{background:#20202b}td,th{border-color:#3a3a48}}"
)


def answer(request: HttpRequest) -> HttpResponse | None:
    """Return the document at a path, or None if there is none."""
    if request.method != "GET":
        return None
    if request.path in ("/docs", "/docs/"):
        return HttpResponse(HTTPStatus.FOUND, [*_HEADERS, ("Location", REFERENCE)], b"")
    if not request.path.startswith(_BEGINNING) and Path(request.path).suffix != ".md":
        return None  # without a look into the folders, which each request to the API would wait for
    file = _files().get(request.path)
    if file is None:
        return None
    content = _page(file).encode() if file.suffix == ".md" else file.read_bytes()
    return HttpResponse(HTTPStatus.OK, [*_HEADERS, ("Content-Type", _MEDIA_TYPES[file.suffix])], content)


def _files() -> dict[str, Path]:
    """Return the files that are served by their paths, which no request can lead out of."""
    found = [*_REPOSITORY.glob("*.md"), *(_REPOSITORY / "docs").rglob("*")]
    return {f"/{file.relative_to(_REPOSITORY).as_posix()}": file for file in found if file.suffix in _MEDIA_TYPES}


def _page(file: Path) -> str:
    """Return a page written in Markdown as HTML, whose headings have the anchors that GitHub gives them."""
    tokens = _markdown().parse(file.read_text())
    for heading, text in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", _anchor(text.content))
    body = _markdown().renderer.render(tokens, _markdown().options, {})
    body = body.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(file.stem)} - Pixel API</title><style>{_STYLE}</style>{body}</html>"
    )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _anchor(heading: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")
