"""The signature is the one that botocore makes."""

from datetime import UTC, datetime
from hashlib import sha256
from unittest.mock import patch

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from pixel.aws.json_service import Target, sign
from pixel.aws.objects import address_of
from pixel.foundation.settings import AwsEnvironment

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

    signed = sign(headers, body, target=Target(service), environment=environment, moment=moment)

    assert signed == _signed_by_botocore(headers, body, service, environment, moment)


@given(
    body=st.binary(),
    method=st.sampled_from(["GET", "PUT"]),
    key=st.text(st.characters(codec="utf-8"), min_size=1),
    environment=_ENVIRONMENTS,
    naive_moment=_MOMENTS,
)
def test_a_signature_for_an_object_equals_botocore_s(
    body: bytes, method: str, key: str, environment: AwsEnvironment, naive_moment: datetime
) -> None:
    moment = naive_moment.replace(tzinfo=UTC)
    address, path = address_of("a-bucket", key, environment._replace(region="eu-west-1"))
    headers = {"host": address.removeprefix("https://"), "x-amz-content-sha256": sha256(body).hexdigest()}
    request = AWSRequest(method, address + path, headers=headers, data=body)
    request.context["payload_signing_enabled"] = True

    signed = sign(headers, body, target=Target("s3", method, path), environment=environment, moment=moment)

    assert signed == _with_signature(request, S3SigV4Auth, "s3", environment, moment)


def test_signing_leaves_the_given_headers_alone() -> None:
    headers = {"host": "h"}
    environment = AwsEnvironment("r", "i", "s", "t", {})

    sign(headers, b"", target=Target("s"), environment=environment, moment=datetime(2026, 1, 1, tzinfo=UTC))

    assert headers == {"host": "h"}


def _signed_by_botocore(
    headers: dict[str, str], body: bytes, service: str, environment: AwsEnvironment, moment: datetime
) -> dict[str, str]:
    request = AWSRequest("POST", f"https://{headers['host']}/", headers=headers, data=body)
    return _with_signature(request, SigV4Auth, service, environment, moment)


def _with_signature(
    request: AWSRequest, auth: type[SigV4Auth], service: str, environment: AwsEnvironment, moment: datetime
) -> dict[str, str]:
    credentials = Credentials(environment.access_key_id, environment.secret_access_key, environment.session_token)
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        auth(credentials, service, environment.region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}
