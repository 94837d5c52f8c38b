"""events/<function>.json is what API Gateway would send to that function."""

import json
from base64 import b64decode
from hashlib import md5
from typing import Any

import pytest

from pixel.auth.caller import Caller
from pixel.auth.keys import is_well_formed
from pixel.ingest import spill
from tests.contracts.for_each import for_each
from tests.contracts.source_files import FUNCTIONS
from tests.template import document
from tests.template.document import ROOT
from tools.openapi.routes import is_described

_ROUTES = [
    name
    for name, function in document.functions_of_programs().items()
    if any(source["Type"] == "Api" for source in function["Properties"].get("Events", {}).values())
]


def _event(folder: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "events" / f"{folder}.json").read_text())
    return loaded


def _folder(function: str) -> str:
    return str(document.functions_of_programs()[function]["Properties"]["CodeUri"]).strip("/").rpartition("/")[2]


def _route(function: str) -> dict[str, Any]:
    """Return the route of a function, but for HEAD and other paths, which it answers alike."""
    routes = document.functions_of_programs()[function]["Properties"]["Events"].values()
    [found] = [route for route in routes if is_described(route["Properties"])]
    return dict(found)


def test_every_function_has_one_event_and_every_event_a_function() -> None:
    events = {path.name for path in (ROOT / "events").iterdir()}

    assert events == {f"{folder.name}.json" for folder in FUNCTIONS}


@for_each("function", _ROUTES)
def test_an_event_is_of_the_route_that_the_template_declares(function: str) -> None:
    event = _event(_folder(function))
    source = _route(function)

    assert (event["resource"], event["httpMethod"]) == (source["Properties"]["Path"], source["Properties"]["Method"])
    assert event["requestContext"]["resourcePath"] == event["resource"]
    assert event["requestContext"]["httpMethod"] == event["httpMethod"]
    assert event["requestContext"]["path"] == f"/{event['requestContext']['stage']}{event['path']}"


@for_each("function", _ROUTES)
def test_an_event_has_the_fields_of_the_proxy_integration(function: str) -> None:
    assert list(_event(_folder(function))) == [
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
        "body",
        "isBase64Encoded",
    ]


@for_each("function", _ROUTES)
def test_an_event_carries_what_the_authorizer_writes_unless_the_route_is_open(function: str) -> None:
    source = _route(function)
    is_open = source["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    context = _event(_folder(function))["requestContext"].get("authorizer")

    if is_open:
        assert context is None
    else:
        written = Caller.from_context(context).to_context()
        assert context == {**written, "principalId": context["key_id"], "integrationLatency": 41}


def test_the_authorizer_s_event_is_a_request_with_a_key_to_look_up() -> None:
    event = _event("authorizer")
    scheme, key = event["headers"]["Authorization"].split()

    assert event["type"] == "REQUEST"
    assert event["methodArn"].endswith(f"/{event['requestContext']['stage']}/{event['httpMethod']}{event['path']}")
    assert scheme == "Bearer"
    assert is_well_formed(key)
    assert not {"body", "isBase64Encoded"} & event.keys()


@for_each("folder", [folder.name for folder in FUNCTIONS if "multiValueHeaders" in _event(folder.name)])
def test_single_and_multiple_headers_agree(folder: str) -> None:
    event = _event(folder)

    assert {name: values[-1] for name, values in event["multiValueHeaders"].items()} == event["headers"]


def test_no_two_events_share_a_request_id() -> None:
    contexts = [_event(folder.name).get("requestContext") for folder in FUNCTIONS]
    ids = [context["requestId"] for context in contexts if context is not None]

    assert len(set(ids)) == len(ids)


_OF_QUEUES = {
    "drain_collect": "CollectQueue",
    "drain_spill": "SpillQueue",
    "ingest_file": "FileQueue",
    "ingest_queue": "IngestQueue",
    "record_clicks": "ClicksQueue",
}


@pytest.mark.parametrize(("folder", "queue"), _OF_QUEUES.items())
def test_a_queue_s_event_is_one_of_its_consumer_s_source(folder: str, queue: str) -> None:
    function = "".join(word.capitalize() for word in folder.split("_"))
    (source,) = document.properties(f"{function}Function")["Events"].values()
    name = document.properties(queue)["QueueName"]["Fn::Sub"].replace("${AWS::StackName}", "pixel-api")

    assert source["Properties"]["Queue"] == {"Fn::GetAtt": [queue, "Arn"]}
    for record in _event(folder)["Records"]:
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"].endswith(f":{name}")
        assert record["md5OfBody"] == md5(record["body"].encode(), usedforsecurity=False).hexdigest()


def test_the_spill_queue_s_event_holds_rows() -> None:
    (record,) = _event("drain_spill")["Records"]

    assert spill.read(record["body"]).datasource == "pageviews"


def test_the_ingest_queue_s_event_shows_each_way_into_it() -> None:
    plain, sns, eventbridge, s3 = (json.loads(record["body"]) for record in _event("ingest_queue")["Records"])

    assert plain["name"] == "pageview"
    assert (sns["Type"], json.loads(sns["Message"])["name"]) == ("Notification", "custom")
    assert eventbridge["detail-type"] == "payment"
    assert s3["detail"]["object"]["key"].startswith("incoming/")


def test_the_stream_s_event_is_one_of_kinesis() -> None:
    (source,) = document.properties("IngestStreamFunction")["Events"].values()
    records = _event("ingest_stream")["Records"]

    assert source["Type"] == "Kinesis"
    assert [json.loads(b64decode(record["kinesis"]["data"]))["name"] for record in records] == ["pageview", "custom"]
    assert all(record["eventID"].endswith(f":{record['kinesis']['sequenceNumber']}") for record in records)
