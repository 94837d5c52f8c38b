"""Whatever stands in the header, the answer is a policy: a crash would be a 500 that anybody can cause."""

from hypothesis import given
from hypothesis import strategies as st

from functions.authorizer.handler import handler
from tests.routes.gateway import asking

_SCHEMES = st.sampled_from(["Bearer", "bearer", "Basic", "", "Bearer Bearer"])
_SPACES = st.text(" \t\u00a0", max_size=3)
_CODES = {"missing_authorization", "invalid_authorization_format", "invalid_api_key"}


@given(name=st.sampled_from(["Authorization", "AUTHORIZATION"]), scheme=_SCHEMES, spaces=_SPACES, rest=st.text())
def test_a_header_that_holds_no_key_is_denied_with_a_code(name: str, scheme: str, spaces: str, rest: str) -> None:
    policy = handler(asking({name: scheme + spaces + rest}), None)

    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert policy["context"]["error_code"] in _CODES
    assert "usageIdentifierKey" not in policy


@given(headers=st.dictionaries(st.text(), st.text()))
def test_headers_of_any_name_are_survived(headers: dict[str, str]) -> None:
    policy = handler(asking(headers), None)

    assert policy["context"]["error_code"] in _CODES
