"""The signature is the one that botocore makes."""

from datetime import UTC, datetime
from unittest.mock import patch

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from pixel.aws import sign
from pixel.config import AwsEnvironment

_WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
_NAMES = st.text("abcdefghijklmnopqrstuvwxyz-0123456789", min_size=1)
_MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1))  # noqa: DTZ001 - strategy bounds are naive
_HEADERS = st.fixed_dictionaries(
    {"content-type": st.just("application/x-amz-json-1.0"), "host": _NAMES, "x-amz-target": _WORDS}
)
_ENVIRONMENTS = st.builds(
    AwsEnvironment,
    region=_NAMES,
    access_key_id=_NAMES,
    secret_access_key=_WORDS,
    session_token=st.none() | _WORDS,
    endpoints=st.just({}),
)


@given(body=st.binary(), headers=_HEADERS, service=_NAMES, environment=_ENVIRONMENTS, naive_moment=_MOMENTS)
def test_a_signature_equals_botocore_s(
    body: bytes, headers: dict[str, str], service: str, environment: AwsEnvironment, naive_moment: datetime
) -> None:
    moment = naive_moment.replace(tzinfo=UTC)

    signed = sign(headers, body, service=service, environment=environment, moment=moment)

    assert signed == _signed_by_botocore(headers, body, service, environment, moment)


def test_signing_leaves_the_given_headers_alone() -> None:
    headers = {"host": "h"}
    environment = AwsEnvironment("r", "i", "s", "t", {})

    sign(headers, b"", service="s", environment=environment, moment=datetime(2026, 1, 1, tzinfo=UTC))

    assert headers == {"host": "h"}


def _signed_by_botocore(
    headers: dict[str, str], body: bytes, service: str, environment: AwsEnvironment, moment: datetime
) -> dict[str, str]:
    credentials = Credentials(environment.access_key_id, environment.secret_access_key, environment.session_token)
    request = AWSRequest("POST", f"https://{headers['host']}/", headers=headers, data=body)
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        SigV4Auth(credentials, service, environment.region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}
