"""What `tb test run` reads is what this repository's generator writes, and says enough to be worth running."""

import json
from pathlib import Path

import pytest

from local.demo.traffic.rows import VISITOR_PAYMENTS
from tests.pipes.tinybird_tests import SITES, documents, sample
from tests.pipes.warehouse import PROJECT, Warehouse
from tests.thorough import depth

CASES_ASKED = depth("TESTS_PIPES_CASES", usual=1, thorough=100)


@pytest.fixture(scope="module")
def generated(warehouse: Warehouse) -> dict[Path, str]:
    return documents(warehouse, CASES_ASKED)


def test_files_are_as_generated(generated: dict[Path, str]) -> None:
    stale = [str(file) for file, text in generated.items() if (PROJECT / file).read_text() != text]

    assert not stale, f"run `make docs`: {stale}"


def test_no_other_files_lie_beside_them(generated: dict[Path, str]) -> None:
    found = {file.relative_to(PROJECT) for folder in ("fixtures", "tests") for file in (PROJECT / folder).iterdir()}

    assert found == set(generated)


def test_sample_has_one_of_everything() -> None:
    for site in SITES:
        rows = {
            name: [row for row in batch if row["workspace_id"] == site.workspace_id] for name, batch in sample().items()
        }

        assert all(rows.values())
        assert {row["refund"] for row in rows[VISITOR_PAYMENTS]} >= {0}
        assert {row["is_bot"] for row in rows["pageviews"]} == {0, 1}
        assert len({json.dumps(row) for row in rows["pageviews"]}) < len(rows["pageviews"])
    assert {row["refund"] for row in sample()[VISITOR_PAYMENTS]} == {0, 1}
