"""What is derived is what the datasources keep and what the documents define."""

import re
from pathlib import Path

import pytest

from pixel.events.enrichment.bots import REASONS, REASONS_OF_BROWSERS
from pixel.events.enrichment.channels import CHANNELS
from pixel.events.enrichment.columns import Enriched, Page

_ROOT = Path(__file__).resolve().parents[2]
_DEFINITIONS = (_ROOT / "docs" / "pipes.md").read_text().partition("<!--")[0]


@pytest.mark.parametrize("datasource", ["pageviews", "custom_goals", "visitor_payments"])
def test_every_derived_value_has_its_column(datasource: str) -> None:
    text = (_ROOT / "tinybird" / "datasources" / f"{datasource}.datasource").read_text()

    assert set(Enriched.__annotations__) <= set(re.findall(r"`json:\$\.(\w+)`", text))


def test_what_a_sender_says_is_kept_under_the_same_name() -> None:
    assert set(Page._fields) <= set(Enriched.__annotations__)


@pytest.mark.parametrize(("heading", "names"), [("Channels", CHANNELS), ("Bots", REASONS | REASONS_OF_BROWSERS)])
def test_the_definitions_name_every_value_and_no_other(heading: str, names: frozenset[str]) -> None:
    section = _DEFINITIONS.partition(f"### {heading}\n")[2].partition("\n### ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == names
