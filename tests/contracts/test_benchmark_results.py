"""Each benchmark owns its section of benchmarks/RESULTS.md."""

from pathlib import Path

import pytest

from benchmarks import results


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
