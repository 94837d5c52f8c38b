"""The template says how a stream is read; what it leaves out is as Lambda has it."""

import re
from pathlib import Path
from typing import Any, cast

import pytest

from local.lambdas.event_sources import read
from local.lambdas.event_sources.records import StreamSource
from local.lambdas.functions import Function
from local.template.intrinsics import CreatedStack, Resolver
from local.template.sam import SamTemplate, TemplateError
from tests.local.fake_function import FakeFunction, returns

_FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:IngestStreamFunction"


def _template(**properties: Any) -> SamTemplate:
    resources = {
        "EventStream": {"Type": "AWS::Kinesis::Stream", "Properties": {}},
        "FilesBucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["EventStream", "Arn"]},
                "FunctionName": {"Ref": "IngestStreamFunction"},
                "StartingPosition": "TRIM_HORIZON",
                **properties,
            },
        },
        "IngestStreamFunction": {"Type": "AWS::Lambda::Function", "Properties": {}},
    }
    return SamTemplate(Path(), {}, {}, {}, resources, {})


def _read(**properties: Any) -> StreamSource:
    template = _template(**properties)
    functions = {_FUNCTION_ARN: cast(Function, FakeFunction(returns(None)))}
    resolver = Resolver(template, {"EventStream": "a-stream", "FilesBucket": "a-bucket"})
    (source,) = read([CreatedStack(template, resolver)], functions)
    assert isinstance(source, StreamSource)
    return source


def test_what_the_template_leaves_out_is_as_lambda_has_it() -> None:
    source = _read()

    assert source._replace(function=cast(Function, None), uuid="") == StreamSource(
        name="Mapping",
        uuid="",
        stream_arn="arn:aws:kinesis:us-east-1:123456789012:stream/a-stream",
        function_arn=_FUNCTION_ARN,
        function=cast(Function, None),
        starting_position="TRIM_HORIZON",
        batch_size=100,
        window_seconds=0,
        lanes=1,
        bisects=False,
        retries_max=-1,
        age_seconds_max=-1,
        reports_failures=False,
        failures_bucket=None,
    )
    assert re.fullmatch(r"[0-9a-f-]{36}", source.uuid)


def test_what_the_template_says_holds() -> None:
    source = _read(
        BatchSize=500,
        MaximumBatchingWindowInSeconds=1,
        ParallelizationFactor=2,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=5,
        MaximumRecordAgeInSeconds=3600,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": {"Fn::GetAtt": ["FilesBucket", "Arn"]}}},
    )

    assert (source.batch_size, source.window_seconds, source.lanes, source.bisects) == (500, 1, 2, True)
    assert (source.retries_max, source.age_seconds_max, source.reports_failures) == (5, 3600, True)
    assert source.failures_bucket == "a-bucket"


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"StartingPosition": "AT_TIMESTAMP"}, "AT_TIMESTAMP"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:1:q"}}}, "arn:aws:sqs"),
    ],
)
def test_what_cannot_be_done_as_declared_is_said(properties: dict[str, Any], said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        _read(**properties)
