"""The datafiles as Tinybird's own command formats them, and columns that a union by position can rely on."""

import os
import re
import subprocess
from pathlib import Path

from tests.local.tinybird.running import PYTHON, REPOSITORY

_PROJECT = REPOSITORY / "tinybird"
_OWN_COLUMNS = {
    "pageviews": set[str](),
    "custom_goals": {"goal_name", "value", "currency"},
    "visitor_payments": {
        *("amount", "currency", "refund", "transaction_id", "product_name", "quantity", "email_hash"),
    },
}


def test_every_file_is_as_tb_fmt_writes_it() -> None:
    files = sorted(str(file) for kind in ("*.pipe", "*.datasource") for file in _PROJECT.rglob(kind))

    ended = subprocess.run(
        [str(Path(PYTHON).parent / "tb"), "fmt", "--diff", *files],
        env={**os.environ, "TB_CLI_TELEMETRY_OPTOUT": "1", "TB_VERSION_WARNING": "0"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (0, "")


def test_no_pipe_is_longer_than_80_lines() -> None:
    lengths = {file.name: len(file.read_text().splitlines()) for file in _PROJECT.rglob("*.pipe")}

    assert {name: lines for name, lines in lengths.items() if lines >= 80} == {}


def test_the_three_kinds_of_events_have_the_same_columns_in_the_same_order() -> None:
    """tenant_rows takes them together by position."""
    shared = {name: [column for column in _columns(name) if column not in own] for name, own in _OWN_COLUMNS.items()}

    assert shared["pageviews"] == shared["custom_goals"] == shared["visitor_payments"]


def _columns(datasource: str) -> list[str]:
    return re.findall(
        r"^ {4}`(\w+)` ", (_PROJECT / "datasources" / f"{datasource}.datasource").read_text(), re.MULTILINE
    )
