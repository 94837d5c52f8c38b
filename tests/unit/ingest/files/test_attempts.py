"""Attempts at a message that failed one after the other are counted, also those that never ended."""

from typing import TYPE_CHECKING

import pytest

from pixel.foundation.settings import settings
from pixel.ingest.files import attempts
from tests.conftest import Frozen

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("tables")


def test_failures_are_counted_for_each_message() -> None:
    assert attempts.failures("m-1") == 0
    attempts.note("m-1", 1)
    attempts.note("m-1", 2)

    assert (attempts.failures("m-1"), attempts.failures("m-2")) == (2, 0)


def test_an_attempt_that_did_not_fail_makes_the_count_begin_anew() -> None:
    attempts.note("m-3", 7)
    attempts.note("m-3", 0)
    attempts.note("m-3", 0)

    assert attempts.failures("m-3") == 0


def test_a_count_is_kept_as_long_as_a_message(frozen: Frozen, tables: "DynamoDBServiceResource") -> None:
    attempts.note("m-4", 1)

    item = tables.Table(settings().claims_table).get_item(Key={"claim": "attempts#m-4"})["Item"]
    assert item["expires_at"] == int(frozen.seconds) + 14 * 86_400
