"""Each suppression of a rule or of a type has its reason beside it."""

import re
from pathlib import Path

from tests.contracts.documents import ROOT

_FOLDERS = ("functions", "layers", "pixelctl", "local", "tools", "tests", "benchmarks")
_SUPPRESSION = re.compile(r"#\s*(noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|type: ignore\[[\w, -]+\])(?P<reason>.*)")
_BARE = re.compile(r"#\s*(noqa(?!:)|type: ignore(?!\[))")
_REASON = re.compile(r"\s*(-|#)\s*\S.{3,}")


def _without_reason(file: Path) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}"
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if _BARE.search(line) or ((found := _SUPPRESSION.search(line)) and not _REASON.match(found["reason"]))
    ]


def test_each_suppression_has_its_reason() -> None:
    files = [file for folder in _FOLDERS for file in (ROOT / folder).rglob("*.py") if file != Path(__file__)]

    assert len(files) > 1000
    assert [place for file in files for place in _without_reason(file)] == []
