"""Each benchmark owns its section of benchmarks/RESULTS.md, and says which targets were missed."""

from pathlib import Path

import pytest

from benchmarks import functions_report, results
from benchmarks.functions_report import FLOOR, Measured
from benchmarks.starts import Sample


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "RESULTS.md"
    found.write_text(results.FILE.read_text())
    monkeypatch.setattr(results, "FILE", found)
    return found


def test_a_section_replaces_itself_and_no_other(file: Path) -> None:
    before = file.read_text()
    results.write_section("pipes", "## Pipes\n\none wording")
    results.write_section("pipes", "## Pipes\n\nanother wording\n")

    text = file.read_text()
    assert "one wording" not in text
    assert "another wording" in text
    files = before[before.index("<!-- begin files -->") : before.index("<!-- end files -->")]
    assert files in text


def test_sections_stand_in_one_order(file: Path) -> None:
    file.unlink()
    results.write_section("pipes", "later")
    results.write_section("functions", "sooner")

    assert file.read_text().index("sooner") < file.read_text().index("later")


def test_writing_what_is_there_changes_nothing(file: Path) -> None:
    results.write_section("functions", "text")
    once = file.read_text()
    results.write_section("functions", "text")

    assert file.read_text() == once


@pytest.mark.parametrize(("peer_ms", "is_missed"), [(100.0, True), (1000.0, False)])
def test_a_target_that_is_missed_is_named(peer_ms: float, *, is_missed: bool) -> None:
    ours, peer = "ingest_event", "ingest_event, flask_wsgi"
    starts = {FLOOR: 20.0, ours: 90.0, peer: peer_ms}
    samples = {name: [Sample(ms, ms, memory_mb=30, warm_cpu_ms=ms)] for name, ms in starts.items()}
    measured = Measured(samples, instructions={}, events_per_second=20_000, layer_bytes=0)

    missed = functions_report.missed(measured)

    assert bool(missed) == is_missed
    assert all(peer in sentence for sentence in missed)
    assert ("**missed**" in functions_report.sections(measured)["targets"]) == is_missed
