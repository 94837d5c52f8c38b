"""The documents: their headings, links, code, and the commands in them."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md"), *(ROOT / "benchmarks").glob("*.md")],
    key=str,
)

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def _prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text())


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", _prose(path), re.MULTILINE)
    texts = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return frozenset(re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in texts)


def links(path: Path) -> list[str]:
    without_code = _SPAN.sub("", _prose(path))
    return [link for link in _LINK.findall(without_code) if not link.startswith(("http://", "https://"))]


def spans(path: Path) -> list[str]:
    return _SPAN.findall(_prose(path))


def shell_lines(path: Path) -> list[str]:
    """Yield the lines of shell blocks, with continued lines joined."""
    blocks = (body for language, body in _FENCE.findall(path.read_text()) if language in ("bash", "sh"))
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def commands(path: Path, program: str) -> Iterator[list[str]]:
    """Yield the arguments of the program wherever it is called in a code block or named in a code span."""
    for text in [*shell_lines(path), *spans(path)]:
        for match in re.finditer(rf"(?:^|[\s(;|/]){program}\s+([^;|)#]+)", text):
            yield _words(match[1])


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quotation that goes on in the next line
        return text.split()
