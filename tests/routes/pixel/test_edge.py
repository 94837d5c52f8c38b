"""Events that come through the edge: its secret is believed like that of the key's proxy, and nothing else is."""

from typing import TYPE_CHECKING

import pytest

from pixel.aws import secrets
from pixel.aws.json_service import AwsUnreachableError
from pixel.foundation import container
from pixel.http.front import EDGE_SECRETS
from tests.conftest import Frozen, Output, put_secret
from tests.routes.conftest import AwsCall
from tests.routes.pixel.browsers import PAGE, Row, add_key, add_website, post, queued

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_NEW, _FORMER = "prx_new", "prx_former"
_ADDRESS, _OF_CLOUDFRONT = "203.0.113.1", "192.0.2.1"
_SAID = {
    "CloudFront-Viewer-Address": f"{_ADDRESS}:443",
    "CloudFront-Viewer-Country": "DE",
    "CloudFront-Viewer-Country-Region": "BY",
    "CloudFront-Viewer-City": "M%C3%BCnchen",
    "X-Pixel-Country": "FR",
    "X-Forwarded-For": "203.0.113.2, 192.0.2.1",
}


@pytest.fixture
def key(tables: "DynamoDBServiceResource", frozen: Frozen) -> str:
    add_website(tables, "admx_1")
    return add_key("admx_1")[0]


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch, tables: "DynamoDBServiceResource") -> None:
    monkeypatch.setenv("PIXEL_EDGE_ENABLED", "true")
    container.forget_all()
    put_secret(EDGE_SECRETS, f"{_NEW} {_FORMER}")


def _row(key: str, proof: str | None, said: dict[str, str] = _SAID, address: str = _OF_CLOUDFRONT) -> Row:
    proven = {} if proof is None else {"X-Pixel-Proxy": proof}
    assert post(key, PAGE, address=address, headers={**said, **proven}).status == 202
    [row] = queued()
    return row


def _place(row: Row) -> tuple[str, ...]:
    return tuple(row.columns[name] for name in ("country", "region", "city"))


@pytest.mark.usefixtures("edge")
@pytest.mark.parametrize("proof", [_NEW, _FORMER])
def test_the_edge_says_who_the_visitor_is_and_where(key: str, proof: str) -> None:
    direct = _row(key, None, {}, _ADDRESS)
    by_edge = _row(key, proof)

    assert by_edge.columns["visitor_id"] == direct.columns["visitor_id"]
    assert _place(by_edge) == ("DE", "BY", "München")


@pytest.mark.usefixtures("edge")
@pytest.mark.parametrize("proof", [None, "prx_wrong", f"{_NEW} {_FORMER}", " "])
def test_without_its_secret_the_same_headers_say_nothing(key: str, proof: str | None) -> None:
    direct = _row(key, None, {}, _OF_CLOUDFRONT)
    forged = _row(key, proof)

    assert forged.columns["visitor_id"] == direct.columns["visitor_id"]
    assert _place(forged) == ("", "", "")


@pytest.mark.usefixtures("edge")
def test_the_edge_says_it_in_cloudfront_s_headers_alone(key: str) -> None:
    """It passes on what a visitor writes into others."""
    others = {name: _SAID[name] for name in ("X-Pixel-Country", "X-Forwarded-For")}
    direct = _row(key, None, {}, _OF_CLOUDFRONT)
    by_edge = _row(key, _NEW, others)

    assert by_edge.columns["visitor_id"] == direct.columns["visitor_id"]
    assert _place(by_edge) == ("", "", "")


@pytest.mark.usefixtures("edge")
def test_a_proxy_with_the_secret_of_the_key_stays_believed(tables: "DynamoDBServiceResource", key: str) -> None:
    own = add_key("admx_1", secret="prx_own")[0]
    direct = _row(key, None, {}, "203.0.113.2")

    by_proxy = _row(own, "prx_own", {name: _SAID[name] for name in ("X-Pixel-Country", "X-Forwarded-For")})

    assert by_proxy.columns["visitor_id"] == direct.columns["visitor_id"]
    assert _place(by_proxy) == ("FR", "", "")


def test_without_the_edge_no_secret_is_asked_for(key: str, aws_calls: list[AwsCall]) -> None:
    put_secret(EDGE_SECRETS, _NEW)
    aws_calls.clear()

    assert _place(_row(key, _NEW)) == ("", "", "")
    assert [call.operation for call in aws_calls if call.operation == "GetParameter"] == []


@pytest.mark.usefixtures("edge")
def test_it_is_asked_for_once_in_minutes_whatever_is_sent(key: str, frozen: Frozen, aws_calls: list[AwsCall]) -> None:
    for proof in (None, *[_NEW] * 3, *["prx_wrong"] * 3):
        _row(key, proof)
    asked = [call for call in aws_calls if call.operation == "GetParameter"]
    frozen.move(31)
    for proof in ["prx_wrong"] * 3:
        _row(key, proof)
    after = [call for call in aws_calls if call.operation == "GetParameter"]

    assert (len(asked), len(after)) == (1, 2)


@pytest.mark.usefixtures("edge")
def test_a_secret_that_was_just_replaced_is_known(key: str, frozen: Frozen) -> None:
    _row(key, _NEW)
    put_secret(EDGE_SECRETS, f"prx_newest {_NEW}")
    frozen.move(31)

    assert _place(_row(key, "prx_newest")) == ("DE", "BY", "München")
    assert _place(_row(key, _FORMER)) == ("", "", "")


@pytest.mark.usefixtures("edge")
def test_a_browser_tries_again_if_nobody_can_say_whether_it_is_the_edge(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all visitors of that moment would be one, who sends too much."""

    def away(*_: object) -> str:
        raise AwsUnreachableError("ssm GetParameter", "away")

    monkeypatch.setattr(secrets, "_fetch", away)

    refused = post(key, PAGE, headers={**_SAID, "X-Pixel-Proxy": _NEW})

    assert (refused.status, refused.body["error"]["code"]) == (503, "collect_unavailable")
    assert refused.headers["Retry-After"] == "5"
    assert post(key, PAGE, headers=_SAID).status == 202


def test_without_a_secret_nobody_is_believed_and_the_log_says_so(
    key: str, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    monkeypatch.setenv("PIXEL_EDGE_ENABLED", "true")
    monkeypatch.setattr(secrets, "_fetch", lambda *_: None)
    container.forget_all()

    assert _place(_row(key, "prx_any")) == ("", "", "")
    assert "pixelctl edge set-up" in output.text
