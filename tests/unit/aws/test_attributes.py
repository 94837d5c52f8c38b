"""Items go to DynamoDB and come back as they were."""

from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from pixel.aws import attributes

_EXACT = st.none() | st.booleans() | st.text() | st.integers(-(10**37), 10**37)
_SCALARS = _EXACT | st.floats(allow_nan=False, allow_infinity=False)


def _nested(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(item=st.dictionaries(st.text(), _nested(_SCALARS)))
def test_an_item_reads_back_as_it_was_written(item: dict[str, Any]) -> None:
    assert attributes.from_item(attributes.to_item(item)) == item


@given(value=_nested(_EXACT))
def test_an_attribute_is_written_as_boto3_writes_it(value: object) -> None:
    assert attributes.to_attribute(value) == TypeSerializer().serialize(value)


@pytest.mark.parametrize(
    ("given_number", "kind"), [("1", int), ("-0", int), ("1.5", float), ("1E+2", float), ("1e-7", float)]
)
def test_a_whole_number_is_read_as_one(given_number: str, kind: type) -> None:
    assert type(attributes.from_attribute({"N": given_number})) is kind


def test_a_tuple_is_written_as_a_list() -> None:
    assert attributes.to_attribute(("a", 1)) == {"L": [{"S": "a"}, {"N": "1"}]}


@pytest.mark.parametrize("value", [b"bytes", {"set"}, object()])
def test_a_value_without_a_dynamodb_type_is_refused_by_its_type(value: object) -> None:
    with pytest.raises(TypeError, match=f"^no DynamoDB type for {type(value).__name__}$"):
        attributes.to_attribute(value)


@pytest.mark.parametrize("kind", ["B", "NS", "BS"])
def test_an_attribute_that_nobody_here_writes_is_refused(kind: str) -> None:
    with pytest.raises(TypeError, match=f"^no Python type for DynamoDB's {kind}$"):
        attributes.from_attribute({kind: ["x"]})
