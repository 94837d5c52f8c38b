"""A row is written as Python's json would write it, character for character: what is stored is compared for ever."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from pixel.events.models import read_event
from pixel.events.rows import Identity, row_of

_IDENTITY = Identity("ws_1", "evt_1", "v_1", 1772600770123, 1772600770999)
_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS
)


@given(title=_TEXTS, properties=st.dictionaries(_TEXTS.filter(bool), _SCALARS, max_size=5))
@example(title='"\\/\u2028\U0001f600', properties={"a": 1e-07, "b": 0.00001, "c": 1e16, "d": 5e-324, "e": -0.0})
@example(title="", properties={"a": "\t\n\x01\x7f", "b": 2**63 - 1, "c": True, "d": None})
def test_a_row_is_written_as_json_writes_it(title: str, properties: dict[str, Any]) -> None:
    text = _row({"name": "pageview", "path": "/", "title": title, "properties": properties})

    assert json.loads(text)["title"] == title
    assert json.loads(text)["properties"] == _as_json_writes(properties)
    assert text == _as_json_writes(json.loads(text))


@given(st.decimals(min_value="-999999999.9999", max_value="999999999.9999", places=4))
@example("0.0001")
@example("-0")
@example("1E-4")
def test_a_value_is_written_as_json_writes_it(value: object) -> None:
    text = _row({"name": "custom", "goal_name": "g", "value": str(value)})

    assert json.loads(text)["value"] == float(str(value))
    assert text == _as_json_writes(json.loads(text))


def _row(body: dict[str, Any]) -> str:
    return row_of(read_event({"website_id": "admx_1", **body}), _IDENTITY, own_host="")


def _as_json_writes(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
