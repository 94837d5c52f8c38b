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


def _measured(milliseconds: dict[str, float], counted: dict[str, Instructions]) -> Measured:
    return Measured(
        {name: [Sample(ms, ms, memory_mb=30, warm_cpu_ms=ms)] for name, ms in milliseconds.items()},
        counted,
        events_per_second=20_000,
        layer_bytes=0,
    )


def _counted(**millions: tuple[int, float, int | None]) -> dict[str, Instructions]:
    """Start, warm request and start over TLS by name, in which `_of_` stands for the comma before a peer."""
    return {
        name.replace("_of_", ", ").replace("bare_handler", FLOOR): Instructions(
            start * 1_000_000, warm * 1_000_000, None if tls is None else tls * 1_000_000
        )
        for name, (start, warm, tls) in millions.items()
    }


def _row(section: str, name: str) -> str:
    [row] = [line for line in section.splitlines() if line.startswith(f"| {name} |")]
    return row


_FIGURES = {"start": (40, 9.0, 90), "start over TLS": (90, 9.0, 40), "warm request": (90, 4.0, 90)}


@pytest.mark.parametrize("figure", [None, *_FIGURES])
def test_a_ceiling_that_is_missed_is_named_with_the_peer(figure: str | None) -> None:
    counted = _counted(
        bare_handler=(10, 1.0, None),
        ingest_event=(40, 4.0, 40),
        ingest_event_of_flask_wsgi=(90, 9.0, 90),
        ingest_event_of_fastapi_mangum=(_FIGURES[figure] if figure else (95, 9.5, 95)),
    )
    measured = _measured(dict.fromkeys(counted, 1.0), counted)

    missed = functions_report.missed(measured)

    wanted = [f"missed: {figure}, ingest_event: 1.00"] if figure else []
    assert [sentence.partition(", not")[0] for sentence in missed] == wanted
    assert all("x ingest_event, fastapi_mangum" in sentence for sentence in missed)
    assert ("**missed**" in functions_report.sections(measured)["targets"]) == bool(figure)


def test_a_start_is_held_against_the_bare_handler_s() -> None:
    counted = _counted(
        bare_handler=(10, 1.0, None), authorizer=(43, 1.0, 1), authorizer_of_powertools_resolver=(900, 9.0, 90)
    )

    missed = functions_report.missed(_measured(dict.fromkeys(counted, 1.0), counted))

    assert missed == ["missed: start, authorizer: 4.30, not at most 4.2 x bare handler"]


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_list_is_compared_with_the_best_peer_of_one(name: str) -> None:
    counted = _counted(
        bare_handler=(10, 1.0, None),
        list_websites=(20, 3.0, 20),
        list_websites_of_flask_wsgi=(90, 5.0, 90),
        list_websites_of_fastapi_mangum=(80, 5.5, 80),
    )
    counted[name] = counted["list_websites"]

    missed = functions_report.missed(_measured(dict.fromkeys(counted, 1.0), counted))

    assert f"missed: warm request, {name}: 0.60, not at most 0.46 x list_websites, flask_wsgi" in missed


def test_instructions_stand_beside_times() -> None:
    counted = _counted(
        bare_handler=(145, 0.6, None), ingest_event=(1_058, 4.5, 1_084), ingest_event_of_flask_wsgi=(1_944, 9.0, 2_601)
    )
    milliseconds = {FLOOR: 1.0, "ingest_event": 5.0, "ingest_event, flask_wsgi": 10.0}

    sections = functions_report.sections(_measured(milliseconds, counted))

    row = "| ingest_event | 5 | 5.00 | 5 | 5.00 | 1,058 | 7.30 | 1,084 | 30 | 5.00 | 5.0 | 4.5 | 7.5 |"
    assert _row(sections["functions"], "ingest_event") == row
    assert _row(sections["peers"], "ingest_event, flask_wsgi").endswith("| 2,601 | 30 | 10.00 | 10.0 | 9.0 | 15.0 |")


def test_instructions_that_were_not_counted_leave_their_places_empty() -> None:
    functions = functions_report.sections(_measured({FLOOR: 1.0, "authorizer": 5.0}, {}))["functions"]

    assert _row(functions, "authorizer") == "| authorizer | 5 | 5.00 | 5 | 5.00 |  |  |  | 30 | 5.00 | 5.0 |  |  |"


def test_what_is_compared_is_routes_with_peers_their_peers_and_the_floor() -> None:
    with_peers = {FLOOR, "list_websites", "list_goals", "list_websites, flask_wsgi"}

    assert functions_report.compared([*with_peers, "get_me", "authorizer"]) == with_peers
