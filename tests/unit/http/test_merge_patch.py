"""The merge of a JSON merge patch."""

import json

import pytest

from pixel.foundation.errors import ApiError
from pixel.http.merge_patch import merge_patch

# The table of RFC 7396, Appendix A: the original, the patch and the result.
_EXAMPLES = (
    ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
    ('{"a":"b"}', '{"a":null}', "{}"),
    ('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
    ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    ('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
    ('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
    ('["a","b"]', '["c","d"]', '["c","d"]'),
    ('{"a":"b"}', '["c"]', '["c"]'),
    ('{"a":"foo"}', "null", "null"),
    ('{"a":"foo"}', '"bar"', '"bar"'),
    ('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
    ("[1,2]", '{"a":"b","c":null}', '{"a":"b"}'),
    ("{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
)


def test_the_examples_of_the_rfc_are_merged_as_it_says() -> None:
    for original, patch, result in _EXAMPLES:
        target = json.loads(original)

        assert merge_patch(target, json.loads(patch)) == json.loads(result), (original, patch)
        assert target == json.loads(original)


def test_a_patch_that_is_nested_too_deeply_is_refused() -> None:
    deep: object = "x"
    for _ in range(5_000):
        deep = {"a": deep}

    with pytest.raises(ApiError) as refused:
        merge_patch({}, deep)

    assert "The JSON is nested too deeply; use fewer levels." in str(refused.value.details)
