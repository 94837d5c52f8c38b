"""A warm request is what a process that answers more takes beyond one that answers the first."""

import asyncio
from pathlib import Path

import pytest

from benchmarks import instructions
from local.lambdas.runtime_api import Program


def _count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, warm: set[str]) -> dict[str, instructions.Instructions]:
    async def counted(program: Program, _event: bytes, _file: Path, *, requests: int) -> int:
        return len(program.name) * (1_000 + 7 * requests)

    monkeypatch.setattr(instructions, "_count", counted)
    programs = {name: Program(name, "", "", tmp_path, [], 1.0, {}) for name in ("a", "bc")}
    return asyncio.run(
        instructions.count_all(
            programs, dict.fromkeys(programs, b"{}"), tmp_path, compared=warm, over_tls={"bc": programs["bc"]}
        )
    )


def test_the_start_is_left_out_of_a_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _count(monkeypatch, tmp_path, warm={"a", "bc"}) == {"a": (1_007, 7.0, None), "bc": (2_014, 14.0, 2_014)}


def test_only_those_that_are_named_are_counted_warm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _count(monkeypatch, tmp_path, warm={"bc"}) == {"a": (1_007, None, None), "bc": (2_014, 14.0, 2_014)}
