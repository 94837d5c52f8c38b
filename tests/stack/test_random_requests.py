"""Ten thousand random paths and Authorization headers: never a 5xx of ours, always the envelope."""

import http.client
import json
from contextlib import closing
from urllib.parse import urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixel.keys import generate
from tests.stack.running import RunningStack

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
    st.builds("/api/v1/{}".format, st.text(_PRINTABLE, max_size=60)),
    st.builds("/{}".format, st.text(_PRINTABLE, max_size=120)),
)
_METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"])


def test_always_the_envelope(stack: RunningStack) -> None:
    address = urlsplit(stack.state["api_url"]).netloc
    connection = http.client.HTTPConnection(address, timeout=30)

    @settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_METHODS, _PATHS, _CREDENTIALS)
    def check(method: str, path: str, credentials: str | None) -> None:
        headers = {} if credentials is None else {"Authorization": credentials.encode("latin-1")}
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert 400 <= response.status < 500
        assert answer.keys() == {"error", "meta"}
        assert answer["error"].keys() <= {"code", "message", "details"}
        assert answer["meta"]["request_id"].startswith("req_")
        if response.status == 401:
            assert response.headers["WWW-Authenticate"]

    with closing(connection):
        check()
