"""The size of pipes, and columns that a union by position can rely on. `make check` holds their format."""

import re

from tests.local.tinybird.running import REPOSITORY

_PROJECT = REPOSITORY / "tinybird"
_OWN_COLUMNS = {
    "pageviews": set[str](),
    "custom_goals": {"goal_name", "value", "currency"},
    "visitor_payments": {
        *("amount", "currency", "refund", "transaction_id", "product_name", "quantity", "email_hash"),
    },
}


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
