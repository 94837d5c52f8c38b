"""Write sections of benchmarks/RESULTS.md; each benchmark owns one and leaves the others unchanged."""

import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).resolve().parent / "RESULTS.md"
_SECTIONS = ("targets", "before", "functions", "peers", "memory", "calls", "pipes", "files")  # in the order of the file


def write_section(name: str, text: str) -> None:
    kept = _read() if FILE.exists() else {}
    kept[name] = text.strip()
    ordered = sorted(kept, key=_SECTIONS.index)
    parts = [f"<!-- begin {section} -->\n{kept[section]}\n<!-- end {section} -->\n" for section in ordered]
    FILE.write_text("\n".join(["# Results\n", *parts]))


def measured_with(target: str) -> str:
    return (
        f"Written by `{target}` on {datetime.now(UTC):%Y-%m-%d}: Python {platform.python_version()}, "
        f"{platform.machine()}, {sys.platform}."
    )


def _read() -> dict[str, str]:
    found = re.finditer(
        r"<!-- begin (?P<name>[\w-]+) -->\n(?P<text>.*?)\n<!-- end (?P=name) -->", FILE.read_text(), re.DOTALL
    )
    return {section["name"]: section["text"] for section in found if section["name"] in _SECTIONS}
