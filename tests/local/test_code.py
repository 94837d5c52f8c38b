"""What a function reads when it starts is seen to change, whatever happens to a file."""

from pathlib import Path

import pytest

from local.lambdas.code import Code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package" / "__pycache__").mkdir(parents=True)
    (tmp_path / "handler.py").write_text("first")
    (tmp_path / "package" / "module.py").write_text("first")
    return tmp_path


def test_what_stays_is_the_same_and_what_nobody_reads_does_not_matter(folder: Path) -> None:
    code = Code(folder)
    before = code.times()
    (folder / "package" / "__pycache__" / "module.py").write_text("compiled")
    (folder / "notes.md").write_text("notes")

    assert code.times() == before
    assert {Path(file).name for file in before[0]} == {"handler.py", "module.py"}


def test_each_change_of_a_file_is_seen(folder: Path) -> None:
    code = Code(folder)
    module = folder / "package" / "module.py"
    seen = [code.times()]
    module.write_text("second")
    seen.append(code.times())
    (folder / "package" / "new.html").write_text("new")
    seen.append(code.times())
    (folder / "package" / "inner").mkdir()
    (folder / "package" / "inner" / "other.json").write_text("{}")
    seen.append(code.times())
    (folder / "other.py").write_text("third")
    (folder / "other.py").replace(module)  # as many editors save
    seen.append(code.times())
    module.unlink()
    seen.append(code.times())

    assert len(set(seen)) == len(seen)
    assert [len(files) for files, _ in seen] == [2, 2, 3, 4, 4, 3]
