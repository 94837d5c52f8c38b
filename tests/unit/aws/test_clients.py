"""Clients of boto3 go where the environment says, as whom it says."""

from collections.abc import Iterator
from typing import Any

import pytest

from pixel.aws.clients import ATTEMPTS, make_client
from pixel.foundation import container
from tests.unit.foundation.misbehaving_server import MisbehavingServer, close, running


class _StoppedError(Exception):
    def __init__(self, request: Any) -> None:
        self.request = request
        super().__init__()


def _stop(request: Any, **_: Any) -> None:
    raise _StoppedError(request)


@pytest.fixture
def misbehaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    with running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", server.url)
        container.forget_environment()
        yield server


@pytest.mark.parametrize(
    ("region", "bucket", "variables", "expected"),
    [
        ("eu-west-1", "files", {}, "https://files.s3.eu-west-1.amazonaws.com/a%20b"),
        ("cn-north-1", "files", {}, "https://files.s3.cn-north-1.amazonaws.com.cn/a%20b"),
        ("eu-west-1", "my.files", {}, "https://s3.eu-west-1.amazonaws.com/my.files/a%20b"),
        ("eu-west-1", "files", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "http://127.0.0.1:1/files/a%20b"),
        (
            "eu-west-1",
            "files",
            {"AWS_ENDPOINT_URL_S3": "http://127.0.0.2:1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
            "http://127.0.0.2:1/files/a%20b",
        ),
    ],
)
def test_a_bucket_is_a_host_of_aws_and_a_path_elsewhere(
    region: str, bucket: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_REGION": region,
        "AWS_ENDPOINT_URL": "",
        "AWS_SESSION_TOKEN": "a-token",
        **variables,
    }.items():
        monkeypatch.setenv(name, value)
    container.forget_environment()

    client = make_client("s3", timeout_seconds=1)
    client.meta.events.register("before-send.s3", _stop)

    with pytest.raises(_StoppedError) as caught:
        client.get_object(Bucket=bucket, Key="a b")

    assert caught.value.request.url == expected
    assert caught.value.request.headers["X-Amz-Security-Token"] == b"a-token"


def test_a_call_is_tried_three_times_in_all(misbehaving: MisbehavingServer, no_sleep: list[float]) -> None:
    misbehaving.will(close)

    with pytest.raises(Exception, match="Connection was closed"):
        make_client("sqs", timeout_seconds=1).list_queues()

    assert len(misbehaving.received) == ATTEMPTS == 3
    assert len(no_sleep) == 2
    assert all(request.headers["user-agent"].startswith("pixel-api ") for request in misbehaving.received)
