"""Updates and answers of moto's DynamoDB with our shortcuts: what moto makes of them by itself."""

import copy
import json
from typing import Any

import pytest
from moto.core import serialize
from moto.core.exceptions import JsonRESTError
from moto.core.utils import get_service_model
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.parsing import ast_nodes, expressions, validators

from local.aws import moto_shortcuts
from tests.environment import REGION

_NODES: Any = ast_nodes
_VALIDATORS: Any = validators
_EXPRESSIONS: Any = expressions
_ITEM = {"id": {"S": "a"}, "count": {"N": "2"}, "tags": {"L": [{"S": "x"}, {"S": "y"}]}, "at": {"M": {"b": {"N": "1"}}}}
_NAMES = {"#count": "count", "#at": "at", "#new": "new"}
_VALUES = {":one": {"N": "1"}, ":list": {"L": [{"S": "z"}]}, ":set": {"SS": ["p"]}, ":empty": {"S": ""}}

_UPDATES = [
    "SET #count = #count + :one, tags = list_append(tags, :list)",
    "SET #new = if_not_exists(#count, :one), extra = if_not_exists(absent, :one), #at.b = #at.b - :one",
    "SET #at.c = :list ADD #count :one, #new :one REMOVE tags[0], tags[1]",
    "ADD many :set REMOVE #at.b",
]
_REFUSED = [
    "SET #count = :one SET #new = :one",
    "ADD #count :one ADD #new :one",
    "SET #count = :one, #count = :one",
    "SET #new = absent + :one",
    "SET #new = :unknown",
    "SET id = :one",
    "SET absent.part = :one",
    "SET #count = tags + :one",
    "SET",
]


def test_an_update_does_what_moto_alone_does(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_shortcuts.install()
    ours = [_result(expression) for expression in (*_UPDATES, *_UPDATES, *_REFUSED)]

    _without_shortcuts(monkeypatch)

    assert ours == [_result(expression) for expression in (*_UPDATES, *_UPDATES, *_REFUSED)]
    assert [isinstance(result, str) for result in ours] == [False] * 2 * len(_UPDATES) + [True] * len(_REFUSED)


@pytest.mark.parametrize(
    "paths",
    [[["id"]], [["id"], ["tags"], ["absent"]], [["absent"]], [["at"], ["count"]], [["at", "b"], ["id"]], [["tags[1]"]]],
)
def test_a_projection_has_what_moto_alone_takes(paths: list[list[str]]) -> None:
    moto_shortcuts.install()
    attributes: dict[str, Any] = dict(_ITEM)
    item = Item(DynamoType(attributes["id"]), None, attributes)
    moto_alone = moto_shortcuts._MOTO_PROJECTS

    assert item.project(paths).to_json() == moto_alone(item, paths).to_json()
    assert item.to_json()["Attributes"].keys() == _ITEM.keys()


def test_an_answer_is_written_as_moto_alone_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_shortcuts.install()
    answers: list[dict[str, Any]] = [
        {"Items": [_ITEM, {"id": {"S": ""}, "gone": {"NULL": True}}], "Count": 2, "ScannedCount": 2},
        {"Items": [], "LastEvaluatedKey": None, "count": 3},  # whose name is that of no member
    ]
    ours = [_written(answer) for answer in answers]

    monkeypatch.setattr(serialize.ResponseSerializer, "_serialize_type_structure", moto_shortcuts._MOTO_SERIALIZES)

    assert ours == [_written(answer) for answer in answers]
    assert json.loads(ours[0]["body"])["Items"][0] == _ITEM


def _written(answer: dict[str, Any]) -> Any:
    operation = get_service_model("dynamodb").operation_model("Query")
    return serialize.JSONSerializer(operation).serialize(answer)


def _without_shortcuts(monkeypatch: pytest.MonkeyPatch) -> None:
    def traverse(traverser: Any, root: Any) -> Any:
        return traverser.traverse_node_recursively(root)

    parser = _EXPRESSIONS.UpdateExpressionParser
    monkeypatch.setattr(parser, "make", parser.make.__wrapped__)
    monkeypatch.setattr(_VALIDATORS, "deepcopy", copy.deepcopy)
    monkeypatch.setattr(_VALIDATORS.ActionCountValidator, "traverse", traverse)
    monkeypatch.setattr(_NODES.DepthFirstTraverser, "traverse", traverse)


def _result(expression: str) -> Any:
    """Return the item after an update, or how it was refused."""
    backend: Any = DynamoDBBackend(REGION, "123456789012")
    backend.create_table(
        "items",
        schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        attr=[{"AttributeName": "id", "AttributeType": "S"}],
        throughput={},
        indexes=[],
        global_indexes=[],
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    backend.put_item("items", copy.deepcopy(_ITEM))
    names = {name: value for name, value in _NAMES.items() if name in expression}
    values = {name: value for name, value in _VALUES.items() if name in expression}
    try:
        return backend.update_item("items", {"id": {"S": "a"}}, expression, names, values).to_json()
    except (MockValidationException, JsonRESTError) as refusal:
        return f"{type(refusal).__name__}: {refusal}"
