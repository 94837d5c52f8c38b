"""What is in the stores of the AWS server survives that it is killed, and a template that has changed meanwhile."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
import urllib3

from local.aws.process import forget_state
from local.aws.state.file import StateError
from local.aws.state.keeper import Keeper
from tests.local.aws_process import TEMPLATE, AwsProcess

_NOW = time.time()
_WRITTEN_SECONDS = 1.0  # after which even a process that is killed has written what was changed before

_NEW_TABLE = """
  GoalsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: goal, AttributeType: S}]
      KeySchema: [{AttributeName: goal, KeyType: HASH}]
"""
_CHANGED_TEMPLATE = (
    TEMPLATE.replace("AttributeName: visit,", "AttributeName: page,")
    .replace(
        "{AttributeName: item, AttributeType: S}]",
        "{AttributeName: item, AttributeType: S}, {AttributeName: kind, AttributeType: S}]",
    )
    .replace(
        "{AttributeName: item, KeyType: RANGE}]",
        "{AttributeName: item, KeyType: RANGE}]\n"
        "      GlobalSecondaryIndexes:\n"
        "        - IndexName: by_kind\n"
        "          KeySchema: [{AttributeName: kind, KeyType: HASH}]\n"
        "          Projection: {ProjectionType: ALL}",
    )
    + _NEW_TABLE
)


class Restarted(NamedTuple):
    before: AwsProcess
    after: AwsProcess
    key_id: str


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    """Write everything once, then restart the server with another template, which all tests read."""
    folder = tmp_path_factory.mktemp("aws")
    with AwsProcess(folder) as before:
        _write_items(before)
        _write_messages(before)
        _write_objects(before)
        before.client("kinesis").put_record(StreamName=before.ids["EventStream"], Data=b"first", PartitionKey="p")
        before.client("events").put_events(
            Entries=[{"EventBusName": "shop", "Source": "s", "DetailType": "pageview", "Detail": "{}"}]
        )
        before.client("ssm").put_parameter(Name="/pixel/token", Value="secret", Type="SecureString")
        key_id = _write_gateway_key(before)
        time.sleep(_WRITTEN_SECONDS)
        before.kill()
    assert (folder / "aws.sqlite").stat().st_mode & 0o777 == 0o600
    with AwsProcess(folder, _CHANGED_TEMPLATE) as after:
        yield Restarted(before, after, key_id)


def _write_items(aws: AwsProcess) -> None:
    dynamodb = aws.client("dynamodb")
    records, claims = aws.ids["RecordsTable"], aws.ids["ClaimsTable"]
    for item in ("a", "b", "gone"):
        dynamodb.put_item(TableName=records, Item={"owner": {"S": "w"}, "item": {"S": item}, "kind": {"S": "goal"}})
    dynamodb.update_item(
        TableName=records,
        Key={"owner": {"S": "w"}, "item": {"S": "a"}},
        UpdateExpression="ADD hits :one",
        ExpressionAttributeValues={":one": {"N": "3"}},
    )
    dynamodb.delete_item(TableName=records, Key={"owner": {"S": "w"}, "item": {"S": "gone"}})
    dynamodb.put_item(TableName=aws.ids["VisitsTable"], Item={"visit": {"S": "of the old key"}})
    for claim, expires_at in (("live", _NOW + 3600), ("expired", _NOW - 1)):
        put = {"TableName": claims, "Item": {"claim": {"S": claim}, "expires_at": {"N": str(int(expires_at))}}}
        dynamodb.transact_write_items(TransactItems=[{"Put": put}])


def _write_messages(aws: AwsProcess) -> None:
    sqs, queue = aws.client("sqs"), aws.ids["SpillQueue"]
    sqs.send_message(QueueUrl=queue, MessageBody="done")
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    attributes = {"reason": {"DataType": "String", "StringValue": "poison"}}
    sqs.send_message(QueueUrl=queue, MessageBody="in hand", MessageAttributes=attributes)
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=600, MessageAttributeNames=["All"])
    sqs.send_message(QueueUrl=queue, MessageBody="waiting")


def _write_objects(aws: AwsProcess) -> None:
    s3, bucket = aws.client("s3"), aws.ids["FilesBucket"]
    for body in (b"old", b"new"):
        s3.put_object(Bucket=bucket, Key="a/file.ndjson", Body=body, ContentType="text/plain", Metadata={"by": "me"})
    s3.put_object(Bucket=bucket, Key="deleted", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="deleted")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="large", UploadId=upload, PartNumber=1, Body=b"part")
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="large", UploadId=upload, MultipartUpload=parts)


def _write_gateway_key(aws: AwsProcess) -> str:
    gateway = aws.client("apigateway")
    key = gateway.create_api_key(name="ws_1", value="value-of-twenty-characters", enabled=True)
    gateway.create_usage_plan_key(usagePlanId=aws.ids["StandardPlan"], keyId=key["id"], keyType="API_KEY")
    return str(key["id"])


def test_names_and_ids_stay(restarted: Restarted) -> None:
    assert restarted.before.ids.items() <= restarted.after.ids.items()


def test_items_are_as_they_were_left(restarted: Restarted) -> None:
    found = restarted.after.client("dynamodb").scan(TableName=restarted.after.ids["RecordsTable"])["Items"]

    assert [(item["item"]["S"], item.get("hits")) for item in found] == [("a", {"N": "3"}), ("b", None)]


def test_a_new_index_finds_items_of_before_and_a_new_table_is_empty(restarted: Restarted) -> None:
    dynamodb, ids = restarted.after.client("dynamodb"), restarted.after.ids

    indexed = dynamodb.query(
        TableName=ids["RecordsTable"],
        IndexName="by_kind",
        KeyConditionExpression="kind = :goal",
        ExpressionAttributeValues={":goal": {"S": "goal"}},
    )

    assert indexed["Count"] == 2
    assert dynamodb.scan(TableName=ids["GoalsTable"])["Count"] == 0


def test_a_table_with_another_key_is_empty_and_works(restarted: Restarted) -> None:
    dynamodb, table = restarted.after.client("dynamodb"), restarted.after.ids["VisitsTable"]
    assert dynamodb.scan(TableName=table)["Count"] == 0

    dynamodb.put_item(TableName=table, Item={"page": {"S": "a"}})

    assert dynamodb.scan(TableName=table)["Count"] == 1


def test_a_claim_is_still_taken_and_one_that_has_expired_is_free(restarted: Restarted) -> None:
    dynamodb, table = restarted.after.client("dynamodb"), restarted.after.ids["ClaimsTable"]
    found = dynamodb.scan(TableName=table)["Items"]

    assert [item["claim"]["S"] for item in found] == ["live"]
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName=table, Item={"claim": {"S": "live"}}, ConditionExpression="attribute_not_exists(claim)"
        )


def test_messages_that_nobody_has_deleted_can_be_received(restarted: Restarted) -> None:
    sqs, queue = restarted.after.client("sqs"), restarted.after.ids["SpillQueue"]
    messages = sqs.receive_message(
        QueueUrl=queue,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
    )["Messages"]

    received = {message["Body"]: message["Attributes"]["ApproximateReceiveCount"] for message in messages}
    assert received == {"in hand": "2", "waiting": "1"}
    assert {name: value["StringValue"] for name, value in messages[0]["MessageAttributes"].items()} == {
        "reason": "poison"
    }


def test_objects_have_their_versions_and_metadata(restarted: Restarted) -> None:
    s3, bucket = restarted.after.client("s3"), restarted.after.ids["FilesBucket"]
    newest = s3.get_object(Bucket=bucket, Key="a/file.ndjson")
    versions = s3.list_object_versions(Bucket=bucket, Prefix="a/")["Versions"]
    bodies = {s3.get_object(Bucket=bucket, Key=v["Key"], VersionId=v["VersionId"])["Body"].read() for v in versions}

    assert (newest["Body"].read(), newest["ContentType"], *newest["Metadata"].values()) == (b"new", "text/plain", "me")
    assert bodies == {b"old", b"new"}
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == b"part"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/file.ndjson", "large"]


def test_a_secret_and_its_version_are_there(restarted: Restarted) -> None:
    found = restarted.after.client("ssm").get_parameter(Name="/pixel/token", WithDecryption=True)["Parameter"]

    assert (found["Value"], found["Version"]) == ("secret", 1)


def test_a_gateway_key_is_still_in_its_plan(restarted: Restarted) -> None:
    gateway, plan = restarted.after.client("apigateway"), restarted.after.ids["StandardPlan"]
    [member] = gateway.get_usage_plan_keys(usagePlanId=plan)["items"]

    assert (member["id"], member["value"]) == (restarted.key_id, "value-of-twenty-characters")
    assert gateway.get_api_key(apiKey=restarted.key_id)["enabled"]


def test_a_record_of_a_stream_is_there_and_its_number_is_not_given_again(restarted: Restarted) -> None:
    kinesis, stream = restarted.after.client("kinesis"), restarted.after.ids["EventStream"]
    added = kinesis.put_record(StreamName=stream, Data=b"second", PartitionKey="p")
    start = kinesis.get_shard_iterator(StreamName=stream, ShardId=added["ShardId"], ShardIteratorType="TRIM_HORIZON")
    first, second = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]

    assert (first["Data"], second["Data"]) == (b"first", b"second")
    assert int(first["SequenceNumber"]) < int(second["SequenceNumber"]) == int(added["SequenceNumber"])


def test_an_archive_has_its_events(restarted: Restarted) -> None:
    [archive] = restarted.after.client("events").list_archives()["Archives"]

    assert archive["EventCount"] == 1


def test_a_start_spends_nothing_on_machines_that_the_stack_does_not_have(restarted: Restarted) -> None:
    """Ask for EC2's types of machines, whose catalogues would take as long to read as everything else."""
    credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ec2/aws4_request"
    answer = urllib3.request(
        "POST",
        restarted.after.endpoint,
        body="Action=DescribeInstanceTypes&Version=2016-11-15",
        headers={"Authorization": credential, "Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status == 200, answer.data
    assert b"<instanceType>" not in answer.data


def _damage(file: Path) -> None:
    file.write_bytes(b"not a database" * 1000)


def _replace_by_a_folder(file: Path) -> None:
    file.unlink()
    (file / "anything").mkdir(parents=True)


def _replace_by_a_broken_link(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.parent / "missing" / "aws.sqlite")


def _age(file: Path) -> None:
    _execute(file, "UPDATE about SET version = 'format 0'")


def _garble(file: Path) -> None:
    _execute(file, "INSERT INTO kept VALUES ('sqs', 'queue', 'key', 'no pickle')")


def _execute(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_damage, "file is not a database"),
        (_replace_by_a_folder, "unable to open database file"),
        (_replace_by_a_broken_link, "No such file or directory"),
        (_age, "another version of the embedded stack wrote it"),
        (_garble, "sqs queue: TypeError"),
    ],
)
def test_a_state_that_cannot_be_read_is_told_with_the_way_out(
    tmp_path: Path, harm: Callable[[Path], None], reason: str
) -> None:
    file = tmp_path / "aws.sqlite"
    written = Keeper(file, "id", threading.Lock())
    written.load({})
    written.close()
    harm(file)

    with pytest.raises(StateError) as refusal:
        Keeper(file, "id", threading.Lock()).load({})

    assert str(refusal.value) == f"{file} cannot be read ({reason}); start from scratch with `make run FRESH=1`"
    forget_state(tmp_path)
    anew = Keeper(file, "id", threading.Lock())
    assert anew.load({}) == 0
    anew.close()


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    (tmp_path / "aws.sqlite").write_bytes(b"x")
    (tmp_path / "aws.sqlite-wal").write_bytes(b"x")

    forget_state(tmp_path)

    assert list(tmp_path.iterdir()) == []
