"""Writers of links and labels in every interleaving, on tables in memory that do what the stores ask of DynamoDB."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from pixel.aws.attributes import Item, from_item
from pixel.aws.json_service import AwsRefusedError
from pixel.aws.tables import Database
from pixel.foundation import JsonObject
from pixel.ingest.event import Result
from pixel.links import labels_of_links, store
from pixel.links.labels import FORMER_NAME, KINDS, TAG
from pixel.links.store import LinkStore
from pixel.workspaces import audit
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.store import meta_key
from tests.links_given import OWN_HOST, WORKSPACE
from tests.unit.ingest.interleavings import Becomes, Choice, Simulation, World, holds

LINKS, WORKSPACES = "links", "workspaces"
_KEYS = {LINKS: ("pk", "sk"), WORKSPACES: ("workspace_id", "item")}

Writer = Callable[[LinkStore], object]


@dataclass
class Tables(World):
    """The tables of links and of workspaces, and the tokens of the transactions that were executed."""

    tokens: set[str] = field(default_factory=set)

    def copy(self) -> "Tables":
        return Tables(dict(self.items), [], set(self.tokens))

    def freeze(self) -> object:
        return json.dumps(
            {key: item for key, item in self.items.items() if not key.startswith(WORKSPACES)}, sort_keys=True
        )

    def call(self, operation: str, payload: JsonObject) -> JsonObject:
        """Execute an operation of DynamoDB, as far as the stores use it."""
        if operation == "GetItem":
            found = self.items.get(_name(payload["TableName"], payload["Key"]))
            return {} if found is None else {"Item": found}
        if operation == "BatchGetItem":
            [(table, asked)] = payload["RequestItems"].items()
            names = [_name(table, key) for key in asked["Keys"]]
            return {"Responses": {table: [self.items[name] for name in names if name in self.items]}}
        if operation == "Query":
            return {"Items": list(self._query(payload))}
        assert operation == "TransactWriteItems"
        if payload["ClientRequestToken"] not in self.tokens:
            self._transact(payload["TransactItems"])
            self.tokens.add(payload["ClientRequestToken"])
        return {}

    def live(self, prefix: str) -> list[Item]:
        """Return the items of this kind in plain form."""
        found = [from_item(item) for name, item in self.items.items() if name.startswith(f"{LINKS} {prefix}")]
        return [item for item in found if DELETED_AT not in item]

    def _query(self, payload: JsonObject) -> Iterator[JsonObject]:
        values = payload["ExpressionAttributeValues"]
        first = f"{payload['TableName']} {values[':partition']['S']} {values.get(':prefix', {'S': ''})['S']}"
        for name in sorted(self.items, reverse=not payload.get("ScanIndexForward", True)):
            if name.startswith(first):
                yield self.items[name]

    def _transact(self, actions: Sequence[Mapping[str, JsonObject]]) -> None:
        [*parts] = [(kind, action) for entry in actions for kind, action in entry.items()]
        names = [_name(action["TableName"], action.get("Item") or action["Key"]) for _, action in parts]
        assert len({*names}) == len(names), "DynamoDB refuses two actions on one item"
        codes = [
            "None" if "ConditionExpression" not in action or holds(action, self.items.get(name, {})) else _FAILED
            for name, (_, action) in zip(names, parts, strict=True)
        ]
        if _FAILED in codes:
            reasons = [{"Code": code} for code in codes]
            raise AwsRefusedError("x", 400, {"__type": "#TransactionCanceledException", "CancellationReasons": reasons})
        for name, (kind, action) in zip(names, parts, strict=True):
            if kind == "Put":
                self.items[name] = action["Item"]
            elif kind == "Delete":
                self.items.pop(name, None)
            else:
                assert kind == "ConditionCheck"


class Writers(Simulation):
    """Writers at the same moment."""

    def __init__(self, writers: Sequence[Writer], before: Tables) -> None:
        super().__init__([[] for _ in writers], before)
        self._writers = writers

    def act(self, number: int) -> tuple[Result, ...]:
        self._writers[number](LinkStore(Database(self), LINKS, WORKSPACES, {OWN_HOST}))
        return ()

    @property
    def tables(self) -> Tables:
        assert isinstance(self.world, Tables)
        return self.world


class Simulations:
    """Simulations one after the other, in which the same choices make the same ids."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._current: Simulation | None = None
        self._ids = count()
        for module in (labels_of_links, store, audit):
            monkeypatch.setattr(module, "new_id", self._new_id)
        self.empty = Tables()
        for key in (meta_key(WORKSPACE),):
            item = {name: {"S": value} for name, value in key.items()}
            self.empty.items[_name(WORKSPACES, item)] = item

    def at_once(self, writers: Sequence[Writer], before: Tables) -> Writers:
        simulation = Writers(writers, before)
        self._current = simulation
        return simulation

    def alone(self, writer: Writer, before: Tables) -> Writers:
        """Let one writer write without faults."""
        simulation = self.at_once([writer], before)
        simulation.start()
        while simulation.waiting:
            simulation.step(Choice(0, Becomes.DONE))
        return simulation

    def _new_id(self, prefix: str) -> str:
        assert self._current is not None
        number, event = self._current.holder.removeprefix("first ").split(".")
        return f"{prefix}_{number}{len(self._current.world.items):05}{event:0>14}"


def faults_of(tables: Tables) -> list[str]:
    """Return what does not agree: labels of links that do not exist, and names without a label."""
    labels = {kind: {item["id"]: item for item in tables.live(f"W#{WORKSPACE} {kind.item_prefix}")} for kind in KINDS}
    names = {one[name] for one in labels[TAG].values() for name in ("name", FORMER_NAME) if name in one}
    allowed = {kind: names if kind is TAG else {*labels[kind]} for kind in KINDS}
    entries = {item["id"]: item for item in tables.live(f"W#{WORKSPACE} L#")}
    found: list[str] = []
    for link in tables.live("L#"):
        for kind in KINDS:
            values = kind.values_of(link)
            if {*values} - allowed[kind]:
                found.append(f"a link has a {kind.noun} that does not exist")
            if len({*values}) != len(values):
                found.append(f"a link has a {kind.noun} twice")
            if kind.values_of(entries[link["id"]]) != values:
                found.append("a link and its entry differ")
    for kind in KINDS:
        spelled = [label["name"].lower() for label in labels[kind].values()]
        if kind.has_unique_names and len({*spelled}) != len(spelled):
            found.append(f"two {kind.plural} have one name")
        held = {item["sk"]: item["label_id"] for item in tables.live(f"W#{WORKSPACE} N#{kind.id_prefix}#")}
        due = {
            kind.name_key(WORKSPACE, label[name])["sk"]: label_id
            for label_id, label in labels[kind].items()
            for name in ("name", FORMER_NAME)
            if name in label and kind.has_unique_names
        }
        if held != due:
            found.append(f"names of {kind.plural} are not those that are held")
    return found


_FAILED = "ConditionalCheckFailed"


def _name(table: str, item: Mapping[str, Any]) -> str:
    return " ".join((table, *(item[key]["S"] for key in _KEYS[table])))
