"""If-Match names the revisions that a change may replace."""

import pytest

from pixel.auth.caller import Caller
from pixel.foundation.errors import ApiError
from pixel.http.revisions import etag, expected_revisions, refuse_if_match
from pixel.http.route import Request


def _request(caller: Caller, *if_match: str) -> Request:
    headers = {"if-match": if_match} if if_match else {}
    return Request("req_1", caller, "/live/x", {}, {}, headers, "", is_base64=False)


def test_if_match_is_read_as_strong_tags(caller: Caller) -> None:
    for given, expected in {
        '"3"': {3},
        ' "3" , "12"': {3, 12},
        'W/"3"': set(),
        "3": set(),
        '"03"': set(),
        '"x", "4"': {4},
        "": set(),
        "*": None,
    }.items():
        assert expected_revisions(_request(caller, given)) == expected, given
    assert expected_revisions(_request(caller)) is None
    assert expected_revisions(_request(caller, etag(7))) == {7}
    assert expected_revisions(_request(caller, '"3"', '"12"')) == {3, 12}  # several headers are one list
    assert expected_revisions(_request(caller, '"3"', "*")) == {3}


def test_a_new_record_takes_no_if_match(caller: Caller) -> None:
    refuse_if_match(_request(caller))
    with pytest.raises(ApiError):
        refuse_if_match(_request(caller, "*"))


@pytest.fixture
def caller() -> Caller:
    return Caller("ws_1", "key_1", "Backend", (), 60, None)
