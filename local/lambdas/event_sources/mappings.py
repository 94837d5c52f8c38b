"""The event source mappings of the templates, with Lambda's own defaults."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from local.lambdas.event_sources.queue import QueueSource
from local.lambdas.event_sources.records import StreamSource
from local.lambdas.functions import Function
from local.template.intrinsics import CreatedStack
from local.template.sam import TemplateError

Source = QueueSource | StreamSource

_MAPPING = "AWS::Lambda::EventSourceMapping"
_QUEUE = "AWS::SQS::Queue"
_STREAM = "AWS::Kinesis::Stream"
_QUEUE_BATCH_SIZE = 10
_STREAM_BATCH_SIZE = 100
_CONCURRENCY = 2
_BUCKET_ARN = "arn:aws:s3:::"


class _Polled(NamedTuple):
    """The queues and streams of all stacks, because a nested stack may read those of its parent."""

    queue_urls: Mapping[str, str]  # by ARN
    streams: frozenset[str]  # ARNs


def read(stacks: Iterable[CreatedStack], functions: Mapping[str, Function]) -> list[Source]:
    """Return the event sources of all stacks."""
    stacks = list(stacks)
    polled = _polled(stacks)
    return [source for stack in stacks for source in _of_stack(stack, polled, functions)]


def _polled(stacks: list[CreatedStack]) -> _Polled:
    return _Polled(
        {
            resolver.resolve({"Fn::GetAtt": [name, "Arn"]}): resolver.resolve({"Ref": name})
            for template, resolver in stacks
            for name in template.of_type(_QUEUE)
        },
        frozenset(
            resolver.resolve({"Fn::GetAtt": [name, "Arn"]})
            for template, resolver in stacks
            for name in template.of_type(_STREAM)
        ),
    )


def _of_stack(stack: CreatedStack, polled: _Polled, functions: Mapping[str, Function]) -> Iterator[Source]:
    by_name = {arn.rpartition(":")[2]: arn for arn in functions}
    for name, resource in stack.template.of_type(_MAPPING).items():
        if not stack.resolver.is_created(name):
            continue
        properties = stack.resolver.resolve(resource["Properties"])
        if properties.get("Enabled") is False:
            continue
        if "FilterCriteria" in properties:
            raise TemplateError(f"{name} has FilterCriteria, which the embedded stack does not support")
        function_arn = by_name[properties["FunctionName"].rpartition(":")[2]]
        arn = properties["EventSourceArn"]
        if arn in polled.queue_urls:
            yield _queue_source(name, properties, polled.queue_urls[arn], functions[function_arn])
        elif arn in polled.streams:
            yield _stream_source(name, properties, function_arn, functions[function_arn])
        else:
            raise TemplateError(f"{name} reads {arn}; the embedded stack polls only queues and streams of the template")


def _queue_source(name: str, properties: Mapping[str, Any], queue_url: str, function: Function) -> QueueSource:
    return QueueSource(
        name=name,
        queue_arn=properties["EventSourceArn"],
        queue_url=queue_url,
        function=function,
        batch_size=int(properties.get("BatchSize", _QUEUE_BATCH_SIZE)),
        window_seconds=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        concurrency=int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", _CONCURRENCY)),
        reports_failures=_reports_failures(properties),
    )


def _stream_source(name: str, properties: Mapping[str, Any], function_arn: str, function: Function) -> StreamSource:
    return StreamSource(
        name=name,
        uuid=str(uuid5(NAMESPACE_URL, name)),
        stream_arn=properties["EventSourceArn"],
        function_arn=function_arn,
        function=function,
        starting_position=_starting_position(name, properties),
        batch_size=int(properties.get("BatchSize", _STREAM_BATCH_SIZE)),
        window_seconds=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        lanes=int(properties.get("ParallelizationFactor", 1)),
        bisects=str(properties.get("BisectBatchOnFunctionError", False)).lower() == "true",
        retries_max=int(properties.get("MaximumRetryAttempts", -1)),
        age_seconds_max=float(properties.get("MaximumRecordAgeInSeconds", -1)),
        reports_failures=_reports_failures(properties),
        failures_bucket=_failures_bucket(name, properties),
    )


def _reports_failures(properties: Mapping[str, Any]) -> bool:
    return "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", [])


def _starting_position(name: str, properties: Mapping[str, Any]) -> str:
    position = str(properties["StartingPosition"])
    if position not in ("TRIM_HORIZON", "LATEST"):
        raise TemplateError(f"{name} starts at {position}; the embedded stack supports TRIM_HORIZON and LATEST")
    return position


def _failures_bucket(name: str, properties: Mapping[str, Any]) -> str | None:
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if destination is None:
        return None
    if not str(destination).startswith(_BUCKET_ARN):
        raise TemplateError(f"{name} sends failed batches to {destination}; the embedded stack supports only buckets")
    return str(destination).removeprefix(_BUCKET_ARN)
