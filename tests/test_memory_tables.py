"""The tables in memory answer and keep what moto does."""

import random
from typing import TYPE_CHECKING, Any

import pytest

from pixel.aws import tables as aws_tables
from pixel.aws.conditions import ABSENT, PRESENT, AbsentOrBelow, Expected, OneOf
from pixel.aws.tables import Database, Query, WriteRefusedError
from pixel.workspaces.due import DUE_INDEX
from tests.environment import WORKSPACE_TABLE
from tests.memory_tables import Index, MemoryTables
from tests.moto_in_process import MotoInProcess

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_CALLS = 200


def _key(chance: random.Random) -> dict[str, str]:
    return {"workspace_id": f"ws_{chance.randrange(2)}", "item": f"{chance.choice('AB')}#{chance.randrange(4)}"}


def _values(chance: random.Random) -> dict[str, Any]:
    all_values: dict[str, Any] = {
        "due_shard": chance.choice(["due#00", "due#01"]),
        "due_at": f"2026-01-0{chance.randrange(1, 9)}",
        "state": chance.choice("xyz"),
        "lease_until": chance.randrange(5),
        "data": {"list": [1, 2.5, None, True], "text": "x"},
    }
    return dict(chance.sample(sorted(all_values.items()), chance.randrange(1, 6)))


def _condition(chance: random.Random) -> Expected:
    conditions: dict[str, object] = {
        "state": chance.choice(["x", ABSENT, PRESENT, OneOf(["x", "y"])]),
        "lease_until": chance.choice([AbsentOrBelow(3), 2, ABSENT]),
        "due_at": chance.choice([PRESENT, ABSENT, "2026-01-03"]),
    }
    return dict(chance.sample(sorted(conditions.items()), chance.randrange(3)))


def _set(database: Database, chance: random.Random) -> object:
    return database.change_if(WORKSPACE_TABLE, _key(chance), _values(chance), _condition(chance))


def _remove(database: Database, chance: random.Random) -> object:
    changed = {"state": ABSENT, **({"due_at": "2026-01-05"} if chance.random() < 0.5 else {})}
    return database.change_if(WORKSPACE_TABLE, _key(chance), changed, _condition(chance))


def _put(database: Database, chance: random.Random) -> object:
    return database.put_if_absent(WORKSPACE_TABLE, {**_key(chance), **_values(chance)}, "workspace_id")


def _find_due(database: Database, _chance: random.Random) -> object:
    query = Query(("due_shard", "due#00"), sort_until=("due_at", "2026-01-05"), index_name=DUE_INDEX)
    return sorted(item["item"] + item["workspace_id"] for item in database.query(WORKSPACE_TABLE, query))


def _list(database: Database, chance: random.Random) -> object:
    return database.query(WORKSPACE_TABLE, Query(("workspace_id", "ws_0"), ("item", "A#"), where=_condition(chance)))


def _transact(database: Database, chance: random.Random) -> object:
    first, second = _key(chance), _key(chance)
    if first == second:
        return None
    try:
        database.transact(
            aws_tables.replacement(WORKSPACE_TABLE, {**first, **_values(chance)}, _condition(chance)),
            chance.choice([aws_tables.deletion, aws_tables.check])(WORKSPACE_TABLE, second, {"item": PRESENT}),
        )
    except WriteRefusedError as refusal:
        return list(refusal.refused)
    return "done"


_KINDS = (_set, _remove, _put, _find_due, _list, _transact)


def _call(database: Database, chance: random.Random) -> object:
    return chance.choice(_KINDS)(database, chance)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("seed", range(2))
def test_the_same_calls_have_the_same_answers(seed: int, tables: "DynamoDBServiceResource") -> None:
    memory = MemoryTables({WORKSPACE_TABLE: ("workspace_id", "item")}, {DUE_INDEX: Index("due_shard", "due_at")})
    here, there = Database(memory), Database(MotoInProcess())
    chance, other = random.Random(seed), random.Random(seed)

    answers = [(_call(here, chance), _call(there, other)) for _ in range(_CALLS)]

    assert [(number, *pair) for number, pair in enumerate(answers) if pair[0] != pair[1]] == []
    assert len(memory.items[WORKSPACE_TABLE]) == tables.Table(WORKSPACE_TABLE).item_count
