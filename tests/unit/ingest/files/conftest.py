"""What tests of imports share."""

import pytest

from pixel.ingest.files import importer, results
from tests.unit.ingest.files.imports import FakeIngest


@pytest.fixture
def ingest() -> FakeIngest:
    return FakeIngest()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a step of few rows, and a file of rejects of few bytes."""
    monkeypatch.setattr(importer, "_ROWS_MAX", 4)
    monkeypatch.setattr(results, "_OBJECT_BYTES", 600)
