"""Each benchmark owns its section of benchmarks/RESULTS.md, and says which targets were missed."""

from pathlib import Path

import pytest

from benchmarks import functions_report, results
from benchmarks.functions_report import FLOOR, LISTS, Measured
from benchmarks.instructions import Instructions
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


def _measured(milliseconds: dict[str, float], warm_instructions: dict[str, float]) -> Measured:
    return Measured(
        {name: [Sample(ms, ms, memory_mb=30, warm_cpu_ms=ms)] for name, ms in milliseconds.items()},
        {name: Instructions(145_000_000, warm_instructions.get(name)) for name in milliseconds},
        events_per_second=20_000,
        layer_bytes=0,
    )


def _row(section: str, name: str) -> str:
    [row] = [line for line in section.splitlines() if line.startswith(f"| {name} |")]
    return row


@pytest.mark.parametrize(("peer_ms", "is_missed"), [(100.0, True), (1000.0, False)])
def test_a_target_that_is_missed_is_named(peer_ms: float, *, is_missed: bool) -> None:
    ours, peer = "ingest_event", "ingest_event, flask_wsgi"
    measured = _measured({FLOOR: 20.0, ours: 90.0, peer: peer_ms}, {})

    missed = functions_report.missed(measured)

    assert bool(missed) == is_missed
    assert all(peer in sentence for sentence in missed)
    assert ("**missed**" in functions_report.sections(measured)["targets"]) == is_missed


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_list_is_compared_with_the_best_peer_of_one(name: str) -> None:
    peers = {"list_websites, flask_wsgi": 10.0, "list_websites, fastapi_mangum": 9.0}
    measured = _measured({FLOOR: 2.0, name: 6.0, "list_websites": 6.0, **peers}, {})

    missed = functions_report.missed(measured)

    assert f"missed: warm CPU, {name}: 0.67, not at most 0.6 x list_websites, fastapi_mangum" in missed


def test_instructions_of_a_warm_request_stand_beside_its_time_and_its_target() -> None:
    ours, peer = "ingest_event", "ingest_event, flask_wsgi"
    sections = functions_report.sections(
        _measured({FLOOR: 1.0, ours: 5.0, peer: 10.0}, {FLOOR: 600_000.0, ours: 4_500_000.0, peer: 9_000_000.0})
    )

    assert _row(sections["functions"], ours).endswith("| 5.00 | 5.0 | 4.5 | 7.5 |")
    assert _row(sections["peers"], peer).endswith("| 10.00 | 10.0 | 9.0 | 15.0 |")
    assert _row(sections["targets"], f"warm CPU, {ours}").endswith("| 0.50 (instructions: 0.50) | met |")


def test_instructions_that_were_not_counted_leave_their_places_empty() -> None:
    functions = functions_report.sections(_measured({FLOOR: 1.0, "authorizer": 5.0}, {FLOOR: 600_000.0}))["functions"]

    assert _row(functions, "authorizer").endswith("| 145 | 1.00 | 30 | 5.00 | 5.0 |  |  |")


def test_what_is_compared_is_routes_with_peers_their_peers_and_the_floor() -> None:
    with_peers = {FLOOR, "list_websites", "list_goals", "list_websites, flask_wsgi"}

    assert functions_report.compared([*with_peers, "get_me", "authorizer"]) == with_peers
