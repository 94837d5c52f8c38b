"""The blocks of code of the pages that newcomers paste from, and how a shell runs those of one page.

The word behind the language of a fence says what a test can do with the block: `aws` needs version 2 of the AWS CLI,
whose calls are compared with AWS's own descriptions, and `ci` is what builds run anyway. All others are run.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.contracts.documents import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
PROGRAMS = {"bash": "source", "python": "python3", "javascript": "node", "php": "php", "ruby": "ruby"}
_ENDINGS = {"bash": "sh", "python": "py", "javascript": "mjs", "php": "php", "ruby": "rb"}
_ANSWERS = ("json", "csv")
_FENCE = re.compile(r"^```(\w+) ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of code, with the answer that the page shows below it."""

    language: str
    mark: str  # aws, ci, or empty for what is run
    source: str
    answer_language: str = ""
    answer: str = ""

    @property
    def is_run(self) -> bool:
        return not self.mark and (self.language == "bash" or shutil.which(PROGRAMS[self.language]) is not None)


def blocks(page: Path) -> list[Block]:
    found: list[Block] = []
    for language, mark, source in _FENCE.findall(page.read_text()):
        if language in PROGRAMS:
            found.append(Block(language, mark, source))
        elif language in _ANSWERS and found:
            found[-1] = found[-1]._replace(answer_language=language, answer=source)
    return found


def commands(block: Block) -> list[str]:
    """Return what a reader would enter at once: of a shell each command with its continued lines, else the program."""
    if block.language != "bash":
        return [block.source]
    entered: list[str] = []
    open_lines = ""
    for line in block.source.splitlines():
        open_lines += line + "\n"
        if not _goes_on(open_lines):
            entered.append(open_lines)
            open_lines = ""
    assert not open_lines.strip(), f"this command has no end:\n{open_lines}"
    return [command for command in entered if command.strip()]


def _goes_on(text: str) -> bool:
    if text.rstrip().endswith(("\\", "|", "&&")):
        return True
    try:
        shlex.split(text)
    except ValueError:  # a quotation is open
        return True
    return text.count("$(") > text.count(")")


def run(page: Path, folder: Path, variables: dict[str, str]) -> list[tuple[Block, str]]:
    """Run the blocks of a page in one shell, as a reader pastes them; return what each printed."""
    chosen = [block for block in blocks(page) if block.is_run]
    lines = ["set -euo pipefail"]
    for number, block in enumerate(chosen):
        program = f"block{number}.{_ENDINGS[block.language]}"
        (folder / program).write_text(block.source)
        lines.append(f"{PROGRAMS[block.language]} ./{program} >block{number}.out </dev/null")
    ended = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    printed = [(folder / f"block{number}.out") for number in range(len(chosen))]
    outputs = [file.read_text() for file in printed if file.exists()]
    assert ended.returncode == 0, f"{chosen[len(outputs) - 1].source}\n{outputs[-1]}\n{ended.stderr}"
    return list(zip(chosen, outputs, strict=True))


def json_values(text: str) -> Iterator[Any]:
    """Yield each JSON object of a text that may have other lines between them."""
    decoder = json.JSONDecoder()
    while (start := text.find("{")) >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except ValueError:
            text = text[start + 1 :]
        else:
            yield value
            text = text[end:]


def shape_differs(shown: Any, answered: Any, place: str = "") -> list[str]:
    """Return where an answer lacks what is shown of it, or has another type there; numbers are one type."""
    if isinstance(shown, dict) and isinstance(answered, dict):
        missing = [f"{place}.{name} is missing" for name in shown if name not in answered]
        both = [name for name in shown if name in answered]
        return missing + [one for name in both for one in shape_differs(shown[name], answered[name], f"{place}.{name}")]
    if isinstance(shown, list) and isinstance(answered, list):
        if len(answered) < len(shown):
            return [f"{place} has {len(answered)} elements, and {len(shown)} are shown"]
        pairs = zip(shown, answered, strict=False)
        return [one for number, pair in enumerate(pairs) for one in shape_differs(*pair, f"{place}[{number}]")]
    if _type(shown) is not _type(answered):
        return [f"{place} is {answered!r}, and {shown!r} is shown"]
    return []


def _type(value: Any) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
