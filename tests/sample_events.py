"""events/<function>.json: what must be there for each to succeed, and what its function answers then."""

import json
from typing import Any, NamedTuple

from pixel.auth.keys import KeyRecord
from pixel.workspaces.kinds import WEBSITE
from tests.key_records import record_of
from tests.template.document import ROOT

FUNCTIONS = sorted(path.stem for path in (ROOT / "events").glob("*.json"))
FILES_BUCKET = "pixel-api-filesbucket-1x2y3z"
"""Of events/ingest_file.json."""

_KEY_ID = "key_demo"
_WORKSPACE = "ws_demo"
_OTHER_WORKSPACE = "ws_4dk2s9x1f7h3m5q8v0bn"
_WEBSITES = {"admx_demo": _WORKSPACE, "admx_7f3k9s2m5x1q8v0bn4dh": _OTHER_WORKSPACE}
WRITTEN = {
    (_WORKSPACE, "pageviews", "event_id"): {"pv-1"},  # ingest_batch
    (_WORKSPACE, "visitor_payments", "transaction_id"): {"order-1001"},  # ingest_event
    # drain_spill, ingest_queue and ingest_stream
    (_OTHER_WORKSPACE, "pageviews", "event_id"): {"evt_1", "order-4711-page"},
}
"""What the warehouse has afterwards, among others, by workspace, datasource and column."""
_STATUS = {"identify_visitor": 202, "ingest_batch": 202, "ingest_event": 202}  # others: 200
_CONSUMERS = {"drain_spill", "ingest_file", "ingest_queue", "ingest_stream"}


class Stores(NamedTuple):
    """Clients of boto3's, and names."""

    dynamodb: Any  # a resource
    s3: Any
    keys_table: str
    workspace_table: str


def text(function: str) -> str:
    return (ROOT / "events" / f"{function}.json").read_text()


def prepare(stores: Stores) -> None:
    """Create the key, the websites and the bucket that the events name, but not the file."""
    stores.dynamodb.Table(stores.keys_table).put_item(Item=_key_record().to_item())
    for website_id, workspace_id in _WEBSITES.items():
        website = {**WEBSITE.key(workspace_id, website_id), "id": website_id, "owned_website_id": website_id}
        website |= {"domain": "demo.example.com", "name": "Demo", "created_at": "2026-01-01T00:00:00Z"}
        stores.dynamodb.Table(stores.workspace_table).put_item(Item=website)
    stores.s3.create_bucket(Bucket=FILES_BUCKET)


def assert_succeeded(function: str, answer: Any) -> None:
    if function in _CONSUMERS:
        assert answer == {"batchItemFailures": []}
    elif function == "canary":
        assert answer == {"ingest": "ok", "tokens": "ok"}
    elif function == "authorizer":
        [statement] = answer["policyDocument"]["Statement"]
        assert (statement["Effect"], answer["principalId"]) == ("Allow", _KEY_ID)
        assert answer["context"]["workspace_id"] == _WORKSPACE
    elif function == "get_openapi":
        assert answer["statusCode"] == 200
        assert "\nopenapi: 3.1.0\n" in answer["body"]
    else:
        body = json.loads(answer["body"])
        assert answer["statusCode"] == _STATUS.get(function, 200), body
        assert body["data"] is not None
        assert body["meta"]["request_id"] == f"req_{json.loads(text(function))['requestContext']['requestId']}"


def _key_record() -> KeyRecord:
    key = json.loads(text("authorizer"))["headers"]["Authorization"].removeprefix("Bearer ")
    return record_of(key)._replace(key_id=_KEY_ID, workspace_id=_WORKSPACE)
