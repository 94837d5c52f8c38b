"""A shard goes on behind the last record that is done together with all before it, also after a restart."""

from pathlib import Path

from local.lambdas.event_sources.checkpoints import Checkpoints, Progress


def test_a_record_is_not_done_before_those_that_came_before_it() -> None:
    progress = Progress()
    for number in ("1", "2", "3", "4"):
        progress.begin(number)

    assert [progress.finish(numbers) for numbers in (["2"], ["1"], ["4"], ["3"])] == [None, "2", None, "4"]


def test_what_was_written_is_found_by_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.json"
    first = Checkpoints(file)
    assert first.find("Mapping", "shard-1") is None

    first.write("Mapping", "shard-1", "7")
    first.write("Mapping", "shard-2", "3")

    assert [Checkpoints(file).find("Mapping", f"shard-{number}") for number in (1, 2, 3)] == ["7", "3", None]


def test_a_damaged_file_begins_from_the_start(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.json"
    file.write_text('{"Mapping sha')

    assert Checkpoints(file).find("Mapping", "shard-1") is None
