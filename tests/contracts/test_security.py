"""docs/security.md: how long things are kept is what template, code and datasources say."""

import re
from pathlib import Path

import pytest

from pixel.ingest import claims
from pixel.workspaces import audit, create_claims
from tests.contracts.documents import ROOT
from tests.template import document

_, _, _STORED = (ROOT / "docs" / "security.md").read_text().partition("## What is stored where")
_PARAMETERS = document.written()["Parameters"]
_QUEUES = document.of_type("AWS::SQS::Queue")


def _row(place: str) -> str:
    (row,) = re.findall(rf"^\|[^|]*{re.escape(place)}[^|]*\|[^|]*\| ([^|]*) \|$", _STORED, re.MULTILINE)
    return str(row)


def test_what_passes_is_kept_as_long_as_the_code_says() -> None:
    days, of_transactions, of_records, of_changes = (
        seconds // 86_400
        for seconds in (
            claims.EVENT_SECONDS,
            claims.TRANSACTION_SECONDS,
            create_claims.CLAIMED_SECONDS,
            audit.KEPT_SECONDS,
        )
    )

    assert _row("`ClaimsTable`") == f"{days} days; of transactions {of_transactions}; of new records {of_records}"
    assert _row("audit trail") == f"{of_changes} days"


@pytest.mark.parametrize("name", _QUEUES)
def test_a_queue_is_said_to_keep_what_it_keeps(name: str) -> None:
    days = document.properties(name)["MessageRetentionPeriod"] // 86_400

    assert _row(f"`{name}`").endswith(f"at most {days} days")


@pytest.mark.parametrize(
    ("place", "parameter"), [("log groups", "LogRetentionDays"), ("`FilesBucket`", "FileRetentionDays")]
)
def test_a_default_is_said_as_it_is(place: str, parameter: str) -> None:
    assert _row(place) == f"`{parameter}`, {_PARAMETERS[parameter]['Default']} unless told"


def test_the_stream_and_the_archive_are_said_as_they_are() -> None:
    assert _row("the stream") == f"{document.properties('EventStream')['RetentionPeriodHours']} hours"
    assert _row("an archive of the bus") == f"`ArchiveDays`, {_PARAMETERS['ArchiveDays']['Default']} for none"


@pytest.mark.parametrize("file", sorted((ROOT / "tinybird" / "datasources").glob("*")), ids=lambda file: file.stem)
def test_rows_live_as_long_as_the_datasource_says(file: Path) -> None:
    found = re.findall(r"^ENGINE_TTL .*toIntervalMonth\((\d+)\)", file.read_text(), re.MULTILINE)

    if file.stem == "goals":
        assert not found
        assert _row("the datasource `goals`").startswith("for ever")
    else:
        assert _row("Tinybird").startswith(f"{found[0]} months from the event")


def test_every_store_of_the_template_is_listed() -> None:
    kinds = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::S3::Bucket")

    for kind in kinds:
        for name in document.of_type(kind):
            assert _row(f"`{name}`")
