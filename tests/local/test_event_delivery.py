"""On the embedded stack AWS services hand events to queues as they do on AWS, from what the template declares."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from local import ports
from local.aws import clients, stores
from local.template.sam import SamTemplate, TemplateError
from tests.template.document import ROOT

_QUEUE_ARN = {"Fn::GetAtt": ["IngestQueue", "Arn"]}
_PAGEVIEW = {"website_id": "admx_1", "url": 'https://a.example/<id>/<region>?q="<time>"', "title": "Grüße"}

_RESOURCES: dict[str, Any] = {
    "IngestQueue": {"Type": "AWS::SQS::Queue", "Properties": {}},
    "FileQueue": {"Type": "AWS::SQS::Queue", "Properties": {}},
    "NoticeQueue": {"Type": "AWS::SQS::Queue", "Properties": {}},
    "BusQueue": {"Type": "AWS::SQS::Queue", "Condition": "BusEnabled", "Properties": {}},
    "DeadLetterQueue": {"Type": "AWS::SQS::Queue", "Properties": {}},
    "IngestQueuePolicy": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": [{"Ref": "IngestQueue"}], "PolicyDocument": {"Statement": []}},
    },
    "EventBus": {
        "Type": "AWS::Events::EventBus",
        "Condition": "BusEnabled",
        "Properties": {"Name": {"Fn::Sub": "${AWS::StackName}-events"}},
    },
    "EventRule": {
        "Type": "AWS::Events::Rule",
        "Condition": "BusEnabled",
        "Properties": {
            "EventBusName": {"Ref": "EventBus"},
            "EventPattern": {"detail-type": ["pageview", "custom", "payment", "identify"]},
            "Targets": [
                {
                    "Id": "IngestQueue",
                    "Arn": _QUEUE_ARN,
                    "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}},
                    "RetryPolicy": {"MaximumRetryAttempts": 20, "MaximumEventAgeInSeconds": 3600},
                }
            ],
        },
    },
    "SleepingRule": {
        "Type": "AWS::Events::Rule",
        "Condition": "BusEnabled",
        "Properties": {
            "EventBusName": {"Ref": "EventBus"},
            "EventPattern": {"source": ["shop"]},
            "State": "DISABLED",
            "Targets": [{"Id": "FileQueue", "Arn": {"Fn::GetAtt": ["FileQueue", "Arn"]}}],
        },
    },
    "EventArchive": {
        "Type": "AWS::Events::Archive",
        "Condition": "BusEnabled",
        "Properties": {
            "SourceArn": {"Fn::GetAtt": ["EventBus", "Arn"]},
            "RetentionDays": 7,
            "EventPattern": {"detail-type": ["pageview"]},
        },
    },
    "EventTopic": {"Type": "AWS::SNS::Topic", "Properties": {}},
    "EventSubscription": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "TopicArn": {"Ref": "EventTopic"},
            "Protocol": "sqs",
            "Endpoint": _QUEUE_ARN,
            "RawMessageDelivery": False,
            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}},
        },
    },
    "FilesBucket": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
            "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]},
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        },
    },
    "FilesBucketPolicy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "FilesBucket"}, "PolicyDocument": {"Statement": []}},
    },
    "FileRule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [{"Ref": "FilesBucket"}]}, "object": {"key": [{"prefix": "incoming/"}]}},
            },
            "Targets": [{"Id": "FileQueue", "Arn": {"Fn::GetAtt": ["FileQueue", "Arn"]}}],
        },
    },
    "OtherBucket": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "VersioningConfiguration": {"Status": "Enabled"},
            "NotificationConfiguration": {
                "QueueConfigurations": [
                    {
                        "Event": "s3:ObjectCreated:*",
                        "Queue": {"Fn::GetAtt": ["NoticeQueue", "Arn"]},
                        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "incoming/"}]}},
                    }
                ]
            },
        },
    },
    "EventStream": {
        "Type": "AWS::Kinesis::Stream",
        "Properties": {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "RetentionPeriodHours": 24},
    },
}


def _template(enable_bus: str = "true", **resources: Any) -> SamTemplate:
    return SamTemplate(
        Path(),
        {"EnableBus": enable_bus},
        {"EnableBus": {"Type": "String", "Default": "false"}},
        {"BusEnabled": {"Fn::Equals": [{"Ref": "EnableBus"}, "true"]}},
        {**_RESOURCES, **resources},
        {},
    )


class Services:
    """Of an AWS server, with the stores of a template."""

    def __init__(self, endpoint: str, template: SamTemplate) -> None:
        self.ids = stores.create(template, clients.Endpoints(endpoint, endpoint))
        self.sqs, self.sns, self.s3, self.events, self.kinesis = (
            clients.client(name, endpoint) for name in ("sqs", "sns", "s3", "events", "kinesis")
        )

    def messages(self, queue: str) -> list[Any]:
        """Return all messages of the queue, each once."""
        found = []
        while page := self.sqs.receive_message(
            QueueUrl=self.ids[queue], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            found += page
        return found

    def bodies(self, queue: str) -> list[Any]:
        return [json.loads(message["Body"]) for message in self.messages(queue)]

    def put(self, detail_type: str, detail: Any, **more: Any) -> str:
        entry = {"Source": "shop", "DetailType": detail_type, "Detail": json.dumps(detail), **more}
        answer = self.events.put_events(Entries=[{"EventBusName": self.ids["EventBus"], **entry}])
        assert answer["FailedEntryCount"] == 0
        return str(answer["Entries"][0]["EventId"])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start the AWS server as the embedded stack does, unlike other tests, which use plain moto."""
    port = ports.find_free()
    process = subprocess.Popen([sys.executable, "-m", "local.aws.server", str(port)], cwd=ROOT, stdin=subprocess.PIPE)
    endpoint = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib3.request("GET", f"{endpoint}/moto-api/data.json", retries=False)
            break
        except urllib3.exceptions.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield endpoint
    process.communicate()  # it ends with its standard input


@pytest.fixture
def create(server: str) -> Callable[..., Services]:
    urllib3.request("POST", f"{server}/moto-api/reset")
    return lambda **changes: Services(server, _template(**changes))


@pytest.fixture
def services(create: Callable[..., Services]) -> Services:
    return create()


def test_an_event_of_the_bus_reaches_the_queue_whole(services: Services) -> None:
    event_id = services.put("pageview", _PAGEVIEW, Time=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), Resources=["arn:x"])

    assert services.bodies("IngestQueue") == [
        {
            "version": "0",
            "id": event_id,
            "detail-type": "pageview",
            "source": "shop",
            "account": "123456789012",
            "time": "2026-03-04T05:06:07Z",
            "region": "us-east-1",
            "resources": ["arn:x"],
            "detail": _PAGEVIEW,
        }
    ]


def test_a_pattern_holds_back_what_it_does_not_name(services: Services) -> None:
    services.put("refund", {"a": 1})
    services.events.put_events(Entries=[{"Source": "shop", "DetailType": "pageview", "Detail": "{}"}])  # default bus

    assert services.messages("IngestQueue") == []


def test_a_disabled_rule_sends_nothing(services: Services) -> None:
    services.put("pageview", _PAGEVIEW)

    assert services.messages("FileQueue") == []


def test_what_a_queue_cannot_take_goes_to_the_dead_letter_queue_of_the_rule(services: Services) -> None:
    services.sqs.delete_queue(QueueUrl=services.ids["IngestQueue"])

    event_id = services.put("pageview", _PAGEVIEW)

    (message,) = services.messages("DeadLetterQueue")
    assert json.loads(message["Body"])["id"] == event_id
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes["RULE_ARN"].endswith("rule/pixel-local-events/pixel-local-EventRule")
    assert attributes["TARGET_ARN"].rpartition(":")[2] == services.ids["IngestQueue"].rpartition("/")[2]
    assert attributes["ERROR_CODE"]


def test_an_archive_replays_what_it_kept_of_a_span_of_time(services: Services) -> None:
    noon = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    for minutes in (0, 30, 60):
        services.put("pageview", {"minutes": minutes}, Time=noon + timedelta(minutes=minutes))
    services.put("custom", {"minutes": 40}, Time=noon + timedelta(minutes=40))  # the archive does not keep these
    before = services.bodies("IngestQueue")
    bus = f"arn:aws:events:us-east-1:123456789012:event-bus/{services.ids['EventBus']}"
    archive = services.events.describe_archive(ArchiveName=services.ids["EventArchive"])

    services.events.start_replay(
        ReplayName="again",
        EventSourceArn=archive["ArchiveArn"],
        EventStartTime=noon + timedelta(minutes=10),
        EventEndTime=noon + timedelta(minutes=60),
        Destination={"Arn": bus},
    )

    (replayed,) = services.bodies("IngestQueue")
    (original,) = [event for event in before if event["detail"] == {"minutes": 30}]
    assert len(before) == 4
    assert replayed == {**original, "id": replayed["id"], "replay-name": "again"}
    assert services.events.describe_replay(ReplayName="again")["State"] == "COMPLETED"
    assert services.events.describe_archive(ArchiveName=services.ids["EventArchive"])["EventCount"] == 3


def test_a_message_of_the_topic_reaches_the_queue_in_an_envelope(services: Services) -> None:
    message_id = services.sns.publish(TopicArn=services.ids["EventTopic"], Message=json.dumps(_PAGEVIEW))["MessageId"]

    (envelope,) = services.bodies("IngestQueue")
    assert (envelope["Type"], envelope["MessageId"]) == ("Notification", message_id)
    assert envelope["TopicArn"] == services.ids["EventTopic"]
    assert json.loads(envelope["Message"]) == _PAGEVIEW
    assert datetime.fromisoformat(envelope["Timestamp"]).tzinfo is not None


def test_an_object_that_is_put_reaches_the_queue_through_the_default_bus(services: Services) -> None:
    bucket = services.ids["FilesBucket"]
    for key in ("incoming/a b+c.ndjson", "rejected/a.ndjson"):
        services.s3.put_object(Bucket=bucket, Key=key, Body=b"{}\n")
    services.s3.put_object(Bucket=services.ids["OtherBucket"], Key="incoming/other", Body=b"")

    (event,) = services.bodies("FileQueue")
    stored = event["detail"]["object"]
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert (event["detail"]["bucket"], event["detail"]["reason"]) == ({"name": bucket}, "PutObject")
    assert stored == {
        "key": "incoming/a b+c.ndjson",
        "size": 3,
        "etag": services.s3.head_object(Bucket=bucket, Key=stored["key"])["ETag"].strip('"'),
        "sequencer": stored["sequencer"],
    }


def test_an_object_that_is_put_again_has_another_id_and_a_greater_sequencer(services: Services) -> None:
    for body in (b"1", b"2"):
        services.s3.put_object(Bucket=services.ids["FilesBucket"], Key="incoming/a", Body=body)

    first, second = sorted(services.bodies("FileQueue"), key=lambda event: str(event["detail"]["object"]["sequencer"]))
    assert first["id"] != second["id"]
    assert first["detail"]["object"]["sequencer"] < second["detail"]["object"]["sequencer"]
    assert first["detail"]["object"]["etag"] != second["detail"]["object"]["etag"]


def test_an_object_in_parts_is_told_of_once(services: Services) -> None:
    bucket, key = services.ids["FilesBucket"], "incoming/large"
    upload = {"Bucket": bucket, "Key": key, "UploadId": ""}
    upload["UploadId"] = services.s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = services.s3.upload_part(**upload, PartNumber=1, Body=b"x" * 100)
    services.s3.complete_multipart_upload(
        **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )

    (event,) = services.bodies("FileQueue")
    assert (event["detail"]["reason"], event["detail"]["object"]["size"]) == ("CompleteMultipartUpload", 100)


def test_an_empty_object_arrives_too(services: Services) -> None:
    services.s3.put_object(Bucket=services.ids["FilesBucket"], Key="incoming/empty", Body=b"")

    (event,) = services.bodies("FileQueue")
    assert event["detail"]["object"]["size"] == 0


def test_a_bucket_can_tell_a_queue_itself(services: Services) -> None:
    bucket = services.ids["OtherBucket"]
    for key in ("incoming/a b", "elsewhere/a"):
        services.s3.put_object(Bucket=bucket, Key=key, Body=b"abc")

    test_event, notice = services.bodies("NoticeQueue")
    (record,) = notice["Records"]
    assert test_event["Event"] == "s3:TestEvent"  # S3 sends one when the notification is made
    assert (record["eventSource"], record["eventName"]) == ("aws:s3", "ObjectCreated:Put")
    assert (record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]) == (bucket, "incoming%2Fa+b")
    assert record["s3"]["object"]["sequencer"]


def test_a_stream_on_demand_has_four_shards_and_numbers_every_record(services: Services) -> None:
    name = services.ids["EventStream"]

    with ThreadPoolExecutor(8) as threads:
        put = [
            threads.submit(services.kinesis.put_record, StreamName=name, PartitionKey=f"{number % 10}", Data=b"x")
            for number in range(200)
        ]
        answers = [future.result() for future in put]

    assert len({(answer["ShardId"], answer["SequenceNumber"]) for answer in answers}) == 200
    assert len(services.kinesis.list_shards(StreamName=name)["Shards"]) == 4


def test_what_a_condition_switches_off_is_not_there(create: Callable[..., Services]) -> None:
    services = create(enable_bus="false")

    assert not {"BusQueue", "EventBus", "EventRule", "EventArchive"} & services.ids.keys()
    assert [bus["Name"] for bus in services.events.list_event_buses()["EventBuses"]] == ["default"]
    assert services.events.list_archives()["Archives"] == []


@pytest.mark.parametrize(
    ("name", "properties", "said"),
    [
        (
            "FileRule",
            {"EventPattern": {"source": ["a"]}, "Targets": [{"Id": "a", "Arn": _QUEUE_ARN, "InputPath": "$.detail"}]},
            "InputPath",
        ),
        ("FilesBucket", {"NotificationConfiguration": {"TopicConfigurations": [{}]}}, "TopicConfigurations"),
    ],
)
def test_what_cannot_be_delivered_as_declared_stops_the_stack(
    create: Callable[..., Services], name: str, properties: Any, said: str
) -> None:
    changed = {name: {**_RESOURCES[name], "Properties": properties}}

    with pytest.raises(TemplateError, match=said):
        create(**changed)
