"""Functions take their own events through AWS's runtime client, in processes of their own, as on Lambda.

Those are tried that have no route or write rows: tests/stack starts the others in the same way, for requests, and
test_call_counts.py hands them their own events.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.lambdas.runtime_api import Outcome, Program, Worker, base_environment
from pixel.dashboard.signing import VIEWER_SECRET
from tests import sample_events
from tests.conftest import put_secret
from tests.contracts.source_files import LAYER
from tests.environment import CLAIMS_TABLE, KEYS_TABLE, LINKS_TABLE, SECRETS_TABLE, WORKSPACE_TABLE
from tests.local.tinybird.running import StandIn
from tests.template import document
from tests.template.document import ROOT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_AT_ONCE = 2


_WRITE_ROWS = {"ingest_batch", "ingest_event", "infinity_event", "infinity_purchase"}


def test_a_function_answers_its_own_event(
    warehouse: StandIn, tables: "DynamoDBServiceResource", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXEL_FILES_BUCKET", sample_events.FILES_BUCKET)
    s3: Any = boto3.client("s3", region_name="us-east-1")
    sample_events.prepare(
        sample_events.Stores(tables, s3, KEYS_TABLE, WORKSPACE_TABLE, CLAIMS_TABLE, LINKS_TABLE, SECRETS_TABLE)
    )

    put_secret(VIEWER_SECRET, "s" * 32)

    outcomes = asyncio.run(_invoke_all())

    assert _WRITE_ROWS < outcomes.keys() <= {*sample_events.FUNCTIONS}
    for function, outcome in outcomes.items():
        assert outcome.error is None, f"{function}: {outcome.error} {outcome.payload!r}"
        sample_events.assert_succeeded(function, json.loads(outcome.payload))
    for (workspace_id, datasource, column), written in sample_events.WRITTEN.items():
        assert written <= {row[column] for row in warehouse.rows(workspace_id, datasource)}


async def _invoke_all() -> dict[str, Outcome]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def invoke(program: Program) -> Outcome:
        async with places:
            worker = Worker(program, lambda _function, _line: None)
            await worker.start()
            try:
                return await worker.invoke(sample_events.text(program.name).encode())
            finally:
                await worker.stop()

    programs = [_program(logical_id) for logical_id in document.functions() if not _has_only_a_route(logical_id)]
    return dict(zip([one.name for one in programs], await asyncio.gather(*map(invoke, programs)), strict=True))


def _has_only_a_route(logical_id: str) -> bool:
    properties = document.properties(logical_id)
    events = properties.get("Events", {}).values()
    return any(one["Type"] == "Api" for one in events) and Path(properties["CodeUri"]).name not in _WRITE_ROWS


def _program(logical_id: str) -> Program:
    properties = document.properties(logical_id)
    shared = document.written()["Globals"]["Function"]
    folder = ROOT / properties["CodeUri"]
    return Program(
        name=folder.name,
        arn=f"arn:aws:lambda:eu-central-1:123456789012:function:{logical_id}",
        handler=properties.get("Handler", shared["Handler"]),
        folder=folder,
        layers=[LAYER.parent],
        timeout_seconds=float(properties.get("Timeout", shared["Timeout"])),
        environment={
            **base_environment(),
            **{name: value for name, value in os.environ.items() if name.startswith(("AWS_", "PIXEL_", "POWERTOOLS_"))},
            "PYTHONPATH": str(LAYER.parent),
            "AWS_LAMBDA_FUNCTION_NAME": logical_id,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(properties.get("MemorySize", shared["MemorySize"])),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "_HANDLER": shared["Handler"],
        },
    )
