"""Random paths and headers: always the envelope, never a 5xx of ours (TESTS_RANDOM_REQUESTS=5000 looks longer)."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixel.auth.keys import generate
from tests.stack.running import RunningStack
from tests.thorough import depth

_PRINTABLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
_HEADER_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=200)
_CREDENTIALS = st.one_of(
    st.none(),
    _HEADER_TEXT,
    st.builds("Bearer {}".format, _HEADER_TEXT),
    st.builds("{} {}".format, st.sampled_from(["Bearer", "bearer", "Basic", "Token"]), st.builds(generate)),
    st.builds(lambda key, cut: f"Bearer {key[:cut]}", st.builds(generate), st.integers(0, 60)),
)
_PATHS = st.one_of(
    st.just("/api/v1/me"),
    st.builds("/api/v1/me{}".format, st.text(_PRINTABLE, max_size=60)),
    st.builds("/api/v1/{}".format, st.text(_PRINTABLE, max_size=120)),
)
# `/` is the stack's own page.
_OTHER_PATHS = st.builds(
    "/{}{}".format, _PRINTABLE.filter(lambda one: one not in "?#"), st.text(_PRINTABLE, max_size=120)
)
_METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"])
_EXAMPLES = depth("TESTS_RANDOM_REQUESTS", usual=80, thorough=500)
_MANY = settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def connection(stack: RunningStack) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(urlsplit(stack.state["api_url"]).netloc, timeout=30)) as opened:
        yield opened


def test_no_path_and_no_method_gets_past_the_envelope(connection: http.client.HTTPConnection) -> None:
    @_MANY
    @given(_METHODS, _PATHS, _CREDENTIALS)
    def check(method: str, path: str, credentials: str | None) -> None:
        assert _is_refused(connection, method, path, [] if credentials is None else [credentials]) in range(400, 500)

    check()


def test_no_other_path_is_an_error_of_ours(connection: http.client.HTTPConnection) -> None:
    """They are those of short links, which are answered with pages."""

    @_MANY
    @given(_METHODS, _OTHER_PATHS)
    def check(method: str, path: str) -> None:
        connection.request(method, path)
        response = connection.getresponse()
        response.read()
        assert response.status in range(400, 500)

    check()


def test_no_header_gets_past_the_authorizer(connection: http.client.HTTPConnection) -> None:
    @_MANY
    @given(st.lists(_CREDENTIALS.filter(lambda value: value is not None), max_size=2))
    def check(credentials: list[str]) -> None:
        assert _is_refused(connection, "GET", "/api/v1/me", credentials) == 401

    check()


def _is_refused(connection: http.client.HTTPConnection, method: str, path: str, credentials: list[str]) -> int:
    connection.putrequest(method, path)
    for value in credentials:
        connection.putheader("Authorization", value.encode("latin-1"))
    connection.endheaders()
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert answer.keys() == {"error", "meta"}
    assert answer["error"].keys() <= {"code", "message", "docs_url", "details"}
    assert answer["meta"]["request_id"].startswith("req_")
    if response.status == 401:
        assert response.headers["WWW-Authenticate"]
    return response.status
