"""What every test stands on: an environment of its own, no network, time that stands still where asked."""

import gc
import io
import json
import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore.endpoint
import pytest
from hypothesis import settings as hypothesis_settings
from urllib3 import HTTPConnectionPool

from tests.environment import REGION, SECRETS_PATH, set_environment

set_environment(os.environ)
gc.disable()  # until all tests are collected: nearly all that is made meanwhile stays

from local.aws import moto_cloudformation  # noqa: E402, F401 - before moto imports EC2 by itself
from pixel.auth import keys, passwords  # noqa: E402 - as above
from pixel.auth.keys import KeyRecord  # noqa: E402 - as above
from pixel.aws import json_service  # noqa: E402 - as above
from pixel.aws import tables as dynamodb  # noqa: E402 - as above
from pixel.aws.json_service import JsonService  # noqa: E402 - as above
from pixel.foundation import clock, connections, container, observability, settings  # noqa: E402 - as above
from pixel.foundation.connections import Request, Response  # noqa: E402 - as above
from pixel.tinybird import client  # noqa: E402 - as above
from pixel.tinybird.credentials import ADMIN_TOKEN, INGEST_TOKEN  # noqa: E402 - as above
from tests import dynamodb_engine, moto_in_process  # noqa: E402 - as above
from tests.key_records import record_of  # noqa: E402 - as above
from tests.local.tinybird.running import StandIn  # noqa: E402 - as above
from tests.order import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: E402, F401 - hooks
from tests.stack.running import RunningStack  # noqa: E402 - as above
from tests.stores import Stores, resource_of, serving  # noqa: E402 - as above
from tests.template import document  # noqa: E402 - as above

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

hypothesis_settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis_settings.load_profile("repeatable")

FULL_PASSWORD_COST, passwords.LOG_COST = passwords.LOG_COST, 4

_GUARDED = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}


def _refuse_network(event: str, args: tuple[Any, ...]) -> None:
    """Refuse connections beyond loopback by an audit hook, which sees them whichever library makes them."""
    if event not in (_GUARDED or ()):  # a module's variables are None when the interpreter ends
        return
    address = args[_GUARDED[event]]
    host = address[0] if isinstance(address, tuple) else address
    is_unix_socket = event == "socket.connect" and not isinstance(address, tuple)
    if host and not is_unix_socket and not _is_loopback(str(host)):
        raise AssertionError(f"a test wants to reach {host}")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_network)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Leave what was imported and collected to no collector of garbage: passing over it takes a fifth of all tests."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


class Frozen:
    """A clock that moves only when told."""

    def __init__(self, moment: datetime) -> None:
        self.seconds = moment.timestamp()

    def move(self, seconds: float) -> None:
        self.seconds += seconds


class Output:
    """What a function writes for CloudWatch: log lines and metrics, both JSON, one a line."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured
        self._read = ""

    @property
    def text(self) -> str:
        out, err = self._captured.readouterr()
        self._read += out + err
        return self._read

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines() if line]

    def logged(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("message") == message]

    def metric(self, name: str) -> float:
        return sum(sum(line[name]) for line in self.lines if "_aws" in line and name in line)


class _CurrentStdout(io.TextIOBase):
    """The logger keeps the stream it found when it was made; pytest has put another in its place since."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


class IssuedKey(NamedTuple):
    key: str
    record: KeyRecord


@pytest.fixture(autouse=True)
def fresh_container() -> Iterator[None]:
    """Start each test as a cold container, with nothing that another test left."""
    container.forget_all()
    yield
    container.forget_all()


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Frozen:
    """Freeze the time ten seconds into a minute of 2026."""
    at = Frozen(datetime(2026, 3, 4, 5, 6, 10, tzinfo=UTC))
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: at.seconds))
    return at


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Output:
    monkeypatch.setattr(observability.logger.registered_handler, "stream", _CurrentStdout())
    return Output(capsys)


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record pauses between attempts instead of taking them."""
    pauses: list[float] = []
    for module in (json_service, client, botocore.endpoint):
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=pauses.append))
    return pauses


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    with serving() as url:
        moto_in_process.lead_boto3_here()
        yield url


@pytest.fixture(scope="session")
def stores(aws_server: str) -> Stores:
    return Stores(aws_server)


@pytest.fixture
def tables(stores: Stores, aws_server: str, monkeypatch: pytest.MonkeyPatch) -> "DynamoDBServiceResource":
    """Create empty tables and queues by CloudFormation from the template's own resources."""
    stores.bring_back()
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_server)
    # Moto, on a busy machine, takes longer than a function waits for DynamoDB.
    monkeypatch.setattr(dynamodb, "JsonService", partial(JsonService, timeout_seconds=30))
    moto_in_process.without_http(monkeypatch, aws_server)
    return dynamodb_engine.open_tables(aws_server, monkeypatch)


@pytest.fixture
def bucket(tables: "DynamoDBServiceResource", aws_server: str) -> Any:
    """Return an empty bucket of boto3, beside the tables."""
    return resource_of("s3", aws_server).create_bucket(
        Bucket="test-files", CreateBucketConfiguration={"LocationConstraint": REGION}
    )


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the layer's requests: the operation of an AWS call, else method and path.

    Requests to S3 are missing, and the one that records the use of a key once an hour.
    """
    calls: list[str] = []
    send = connections.send

    def noted(pool: HTTPConnectionPool, request: Request, **limits: Any) -> Response:
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        if b"#keys_used" not in (request.body or b""):
            calls.append(operation or f"{request.method} {request.target.partition('?')[0]}")
        return send(pool, request, **limits)

    monkeypatch.setattr(connections, "send", noted)
    return calls


@pytest.fixture(scope="session")
def tinybird_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """Serve the real pipes on ClickHouse."""
    with StandIn(tmp_path_factory.mktemp("tinybird"), project=document.ROOT / "tinybird") as running:
        yield running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Start the embedded stack, which tests/stack and tests/browser share."""
    with RunningStack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def warehouse(
    tinybird_server: StandIn, tables: "DynamoDBServiceResource", monkeypatch: pytest.MonkeyPatch
) -> Iterator[StandIn]:
    """Point functions to Tinybird: the address in the environment, the tokens in the parameter store."""
    monkeypatch.setenv("PIXEL_TINYBIRD_URL", tinybird_server.url)
    monkeypatch.setenv("PIXEL_TINYBIRD_WORKSPACE_ID", tinybird_server.tokens["workspace_id"])
    put_secret(ADMIN_TOKEN, tinybird_server.admin_token)
    put_secret(INGEST_TOKEN, tinybird_server.token("ingest"))
    yield tinybird_server
    tinybird_server.call("DELETE", "/_faults", token=None)


def put_secret(name: str, value: str) -> None:
    """Store an encrypted secret as the operator does; needs the fixture `tables`."""
    secret = {"Name": f"{SECRETS_PATH}/{name}", "Value": value, "Type": "SecureString", "Overwrite": True}
    moto_in_process.put_parameter(secret)


@pytest.fixture
def store_down(monkeypatch: pytest.MonkeyPatch, no_sleep: list[float]) -> Callable[[], None]:
    """Call it, and DynamoDB refuses connections from then on."""

    def take_down() -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
        container.forget_environment()

    return take_down


@pytest.fixture
def restart(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and what `store_down` took away is back."""

    def bring_back() -> None:
        dynamodb_engine.lead_back(monkeypatch)
        container.forget_environment()

    return bring_back


@pytest.fixture
def issue_key(tables: "DynamoDBServiceResource") -> Callable[..., IssuedKey]:
    """Write a key's record by boto3, as pixelctl does; `changes` are fields of the record."""

    def issue(**changes: Any) -> IssuedKey:
        key = keys.generate(test=True)
        record = record_of(key)._replace(**changes)
        tables.Table(settings.settings().keys_table).put_item(Item=_as_boto3(record.to_item()))
        return IssuedKey(key, record)

    return issue


def _as_boto3(item: Mapping[str, Any]) -> Any:
    """boto3's stubs know fewer values than boto3."""
    return item
