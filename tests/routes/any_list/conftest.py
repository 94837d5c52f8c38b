"""A store that may take its time."""

from functools import partial

import pytest

from pixel import dynamodb
from pixel.aws import JsonService


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto takes about a second over 1,500 rows, which DynamoDB reads in some milliseconds."""
    monkeypatch.setattr(dynamodb, "JsonService", partial(JsonService, timeout_seconds=30))
