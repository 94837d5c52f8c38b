"""A file of events goes into whichever source the stack has, each event at least once."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from pixelctl import target
from pixelctl.events import sources
from tests.environment import INGEST_QUEUE
from tests.pixelctl.conftest import Run
from tests.provisioned import Wire, fails

_EVENTS = [{"name": "pageview", "visitor_id": f"v-{number}", "event_id": f"e-{number}"} for number in range(25)]


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_PAUSE_SECONDS", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(json.dumps(event) for event in _EVENTS))
    return path


@pytest.fixture
def made(stack: Wire, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Create the sources that the tests' stores lack."""
    resources = {
        "EventBus": boto3.client("events").create_event_bus(Name="test-bus")["EventBusArn"].rpartition("/")[2],
        "EventTopic": boto3.client("sns").create_topic(Name="test-topic")["TopicArn"],
        "EventStream": "test-stream",
        "FilesBucket": "test-bucket",
    }
    boto3.client("kinesis").create_stream(StreamName="test-stream", ShardCount=2)
    location: Any = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket="test-bucket", CreateBucketConfiguration=location)
    found = target._stack_resources
    monkeypatch.setattr(target, "_stack_resources", lambda *given: found(*given) | resources)
    return resources


def _in_queue() -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=INGEST_QUEUE)["QueueUrl"]
    found: list[dict[str, Any]] = []
    while page := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
        found += [json.loads(message["Body"]) for message in page]
    return found


def test_list_names_what_the_stack_has(run: Run, stack: Wire) -> None:
    shown = run("source", "list", "--json").json

    assert shown.keys() == {"queue", "bus", "topic", "stream", "files"}
    assert shown["queue"].endswith(INGEST_QUEUE)
    assert shown["bus"] is None


def test_env_is_for_a_shell(run: Run, made: dict[str, str]) -> None:
    lines = run("source", "env").out.splitlines()

    assert "export EVENT_BUS_NAME=test-bus" in lines
    assert len(lines) == 5
    assert all(line.startswith("export ") for line in lines)


def test_put_fills_the_queue_with_every_event(run: Run, stack: Wire, file: Path) -> None:
    assert run("source", "put", "--to", "queue", "--file", str(file), "--json").json["put"] == 25

    assert _in_queue() == _EVENTS


@pytest.mark.parametrize("source", ["bus", "topic", "stream"])
def test_put_fills_every_other_source(run: Run, made: dict[str, str], file: Path, source: str, stack: Wire) -> None:
    outcome = run("source", "put", "--to", source, "--file", str(file))

    assert outcome.status == 0, outcome.err
    operation = {"bus": "PutEvents", "topic": "PublishBatch", "stream": "PutRecords"}[source]
    assert len(stack.made(operation)) == {"bus": 3, "topic": 3, "stream": 1}[source]


def test_put_uploads_a_file_as_it_is(run: Run, made: dict[str, str], file: Path) -> None:
    shown = run("source", "put", "--to", "files", "--file", str(file), "--json").json

    assert shown == {"put": "s3://test-bucket/incoming/events.ndjson"}
    stored = boto3.client("s3").get_object(Bucket="test-bucket", Key="incoming/events.ndjson")["Body"].read()
    assert stored == file.read_bytes()


def test_an_event_without_an_id_gets_one_that_stays(run: Run, stack: Wire, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_text('{"name": "pageview"}\n{"broken\n')

    first = run("source", "put", "--to", "queue", "--file", str(path), "--json")
    run("source", "put", "--to", "queue", "--file", str(path), "--json")

    assert first.status == 3
    assert first.json["lines"] == [{"line": 2, "error": "The body must be valid JSON."}]
    assert len({event["event_id"] for event in _in_queue()}) == 1


def test_what_is_not_taken_is_put_again(run: Run, stack: Wire, file: Path) -> None:
    def refuse_one(perform: Any, parameters: Any) -> Any:
        answer = perform({**parameters, "Entries": parameters["Entries"][:-1]})
        return {**answer, "Failed": [{"Id": parameters["Entries"][-1]["Id"], "Code": "Busy", "SenderFault": False}]}

    stack.once("SendMessageBatch", refuse_one)

    assert run("source", "put", "--to", "queue", "--file", str(file), "--json").json["put"] == 25
    assert len({event["event_id"] for event in _in_queue()}) == 25


def test_what_is_never_taken_is_said(run: Run, stack: Wire, file: Path) -> None:
    def refuse(perform: Any, parameters: Any) -> Any:
        return {"Failed": [{"Id": entry["Id"]} for entry in parameters["Entries"]]}

    stack.always("SendMessageBatch", refuse)

    outcome = run("source", "put", "--to", "queue", "--file", str(file))

    assert outcome.status == 1
    assert "The queue accepts no more events now; the first 0 are in it." in outcome.err


def test_a_source_that_is_off_says_how_to_switch_it_on(run: Run, stack: Wire, file: Path) -> None:
    for source, parameter in (("bus", "EnableBus"), ("files", "EnableFiles")):
        outcome = run("source", "put", "--to", source, "--file", str(file))

        assert outcome.status == 1
        assert f"deploy it with {parameter}=true" in outcome.err


def test_a_failure_of_aws_is_one_sentence(run: Run, stack: Wire, file: Path) -> None:
    stack.once("SendMessageBatch", fails("SendMessageBatch"))

    outcome = run("source", "put", "--to", "queue", "--file", str(file))

    assert outcome.status == 1
    assert outcome.err.startswith("pixelctl: AWS refuses ")
