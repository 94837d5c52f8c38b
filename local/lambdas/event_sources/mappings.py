"""The event source mappings of the template, with Lambda's own values for what it leaves out."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from local.lambdas.event_sources.queue import QueueSource
from local.lambdas.event_sources.records import StreamSource
from local.lambdas.functions import Function
from local.template.intrinsics import Resolver
from local.template.sam import SamTemplate, TemplateError

Source = QueueSource | StreamSource

_MAPPING = "AWS::Lambda::EventSourceMapping"
_QUEUE = "AWS::SQS::Queue"
_STREAM = "AWS::Kinesis::Stream"
_QUEUE_BATCH_SIZE = 10
_STREAM_BATCH_SIZE = 100
_CONCURRENCY = 2
_BUCKET_ARN = "arn:aws:s3:::"


def read(template: SamTemplate, resolver: Resolver, functions: Mapping[str, Function]) -> list[Source]:
    by_name = {arn.rpartition(":")[2]: arn for arn in functions}
    queue_urls = {
        resolver.resolve({"Fn::GetAtt": [name, "Arn"]}): resolver.resolve({"Ref": name})
        for name in template.of_type(_QUEUE)
    }
    streams = {resolver.resolve({"Fn::GetAtt": [name, "Arn"]}) for name in template.of_type(_STREAM)}
    sources: list[Source] = []
    for name, resource in template.of_type(_MAPPING).items():
        if not resolver.is_created(name):
            continue
        properties = resolver.resolve(resource["Properties"])
        if properties.get("Enabled") is False:
            continue
        if "FilterCriteria" in properties:
            raise TemplateError(f"the embedded stack hands on every message, {name} has FilterCriteria")
        function_arn = by_name[properties["FunctionName"].rpartition(":")[2]]
        arn = properties["EventSourceArn"]
        if arn in queue_urls:
            sources.append(_queue_source(name, properties, queue_urls[arn], functions[function_arn]))
        elif arn in streams:
            sources.append(_stream_source(name, properties, function_arn, functions[function_arn]))
        else:
            raise TemplateError(f"the embedded stack polls queues and streams of the template, {name} reads {arn}")
    return sources


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
        raise TemplateError(f"the embedded stack starts at TRIM_HORIZON or LATEST, {name} at {position}")
    return position


def _failures_bucket(name: str, properties: Mapping[str, Any]) -> str | None:
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if destination is None:
        return None
    if not str(destination).startswith(_BUCKET_ARN):
        raise TemplateError(f"the embedded stack keeps failed batches in S3, {name} sends them to {destination}")
    return str(destination).removeprefix(_BUCKET_ARN)
