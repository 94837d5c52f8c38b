"""Readers who come through the edge are counted by their own addresses, and by none that they write themselves."""

from typing import TYPE_CHECKING, Any

import pytest

from functions.dashboard.get_share_data.handler import handler as get_share_data
from functions.dashboard.open_share.handler import handler as open_share
from pixel.aws import secrets
from pixel.aws.json_service import AwsUnreachableError
from pixel.foundation import container
from pixel.http.front import EDGE_SECRETS
from tests.conftest import Frozen, Output, put_secret
from tests.routes.dashboard.dashboards import asking, opening, session_of, share
from tests.routes.gateway import Event, Reply, send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("no_sleep")

_SECRET = "prx_edge"
_OF_CLOUDFRONT = "192.0.2.1"
_PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def edge(monkeypatch: pytest.MonkeyPatch, tables: "DynamoDBServiceResource") -> None:
    del tables  # with them comes the parameter store
    monkeypatch.setenv("PIXEL_EDGE_ENABLED", "true")
    container.forget_all()
    put_secret(EDGE_SECRETS, _SECRET)


def _by(event: Event, reader: str, proof: str | None = _SECRET) -> Event:
    """Return the event as CloudFront passes it on for a reader, or as somebody forges it."""
    said = {"CloudFront-Viewer-Address": f"{reader}:443", **({"X-Pixel-Proxy": proof} if proof else {})}
    event["multiValueHeaders"] |= {name: [value] for name, value in said.items()}
    event["headers"] |= said
    return event


def _open(token: str, reader: str, proof: str | None = _SECRET, **body: str) -> Reply:
    return send(open_share, _by(opening({"token": token, **body}, address=_OF_CLOUDFRONT), reader, proof))


def test_readers_behind_the_edge_are_counted_apart(
    tables: "DynamoDBServiceResource", frozen: Frozen, output: Output
) -> None:
    link = share(tables)

    first = [_open(link.token, "203.0.113.1").status for _ in range(11)]
    second = _open(link.token, "203.0.113.2").status

    assert first == [200] * 10 + [429]
    assert second == 200


@pytest.mark.parametrize("proof", [None, "prx_wrong"])
def test_whoever_writes_the_header_without_the_secret_stays_one_reader(
    tables: "DynamoDBServiceResource", frozen: Frozen, output: Output, proof: str | None
) -> None:
    link = share(tables)

    assert [_open(link.token, f"203.0.113.{n}", proof).status for n in range(11)] == [200] * 10 + [429]


def test_questions_are_counted_by_the_same_rule(
    tables: "DynamoDBServiceResource", frozen: Frozen, output: Output
) -> None:
    session = session_of(share(tables))

    def ask(reader: str, proof: str | None = _SECRET) -> int:
        return send(get_share_data, _by(asking(session, {}, address=_OF_CLOUDFRONT), reader, proof)).status

    assert [ask("203.0.113.1") for _ in range(61)] == [200] * 60 + [429]
    assert ask("203.0.113.2") == 200
    assert ask("203.0.113.1", None) == 200  # which counts as CloudFront's address


def test_if_nobody_can_say_who_a_reader_is_dashboards_open_and_passwords_are_refused(
    tables: "DynamoDBServiceResource", frozen: Frozen, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a counter could not be reached."""
    plain, protected = share(tables), share(tables, website_id="admx_2", password=_PASSWORD)
    assert _open(plain.token, "203.0.113.1").status == 200
    container.forget_all()
    fetch = secrets._fetch

    def away(service: Any, path: str) -> str | None:
        if path.endswith(EDGE_SECRETS):
            raise AwsUnreachableError("ssm GetParameter", "away")
        return fetch(service, path)

    monkeypatch.setattr(secrets, "_fetch", away)

    assert [_open(plain.token, "203.0.113.1").status for _ in range(12)] == [200] * 12
    assert _open(protected.token, "203.0.113.1", password=_PASSWORD).status == 429
    assert output.metric("UncountedReaders") == 13
