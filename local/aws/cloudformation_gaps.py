"""Create resources that moto's CloudFormation lacks or creates only in part, by the calls that AWS would make.

Each resource is created after those that it refers to. Policies of queues, topics and buckets are left out, because
the embedded stack does not check permissions.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.aws.clients import client
from local.lambdas.schedules import calls_function
from local.template.intrinsics import Resolver
from local.template.sam import Resource, SamTemplate, TemplateError

Properties = Mapping[str, Any]

_SHARDS_ON_DEMAND = 4
_API_STAGES = "ApiStages"  # of usage plans, which may name APIs of nested stacks; local/gateway asks every plan
_OTHER_NOTIFICATIONS = ("LambdaConfigurations", "TopicConfigurations")
_CHANGED_EVENTS = ("Input", "InputPath", "InputTransformer")


def fill(template: SamTemplate, created: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """Create the missing resources; return all physical ids by logical id, including `created`, those of moto."""
    ids = dict(created)
    for kind, make in _MAKERS.items():
        for name, resource in template.of_type(kind).items():
            resolver = Resolver(template, ids)
            if resolver.is_created(name) and not calls_function(resource):
                declared = resource.get("Properties", {})
                properties = resolver.resolve({key: value for key, value in declared.items() if key != _API_STAGES})
                ids[name] = make(endpoint, ids.get(name, f"{template.stack_name}-{name}"), properties)
    return ids


def as_moto_takes_it(resource: Resource) -> Resource:
    """Give an on-demand stream its four initial shards, because moto reads ShardCount in every mode."""
    properties = resource.get("Properties", {})
    if properties.get("StreamModeDetails", {}).get("StreamMode") != "ON_DEMAND":
        return resource
    return {**resource, "Properties": {**properties, "ShardCount": _SHARDS_ON_DEMAND}}


def _make_rest_api(endpoint: str, name: str, _properties: Properties) -> str:
    """Create an API for usage plans to refer to; local/gateway serves it."""
    return str(client("apigateway", endpoint).create_rest_api(name=name)["id"])


def _make_usage_plan(endpoint: str, _name: str, properties: Properties) -> str:
    plan = {"name": properties["UsagePlanName"], "description": properties.get("Description", "")}
    for part in ("Throttle", "Quota"):
        if part in properties:
            plan[part.lower()] = _camel_case(properties[part])
    return str(client("apigateway", endpoint).create_usage_plan(**plan)["id"])


def _camel_case(properties: Properties) -> dict[str, Any]:
    """Turn `RateLimit` of a template into `rateLimit` of a call, which takes numbers and no text."""
    return {
        name[0].lower() + name[1:]: int(value) if name in ("Limit", "BurstLimit", "Offset") else value
        for name, value in properties.items()
    }


def _make_bus(endpoint: str, _name: str, properties: Properties) -> str:
    client("events", endpoint).create_event_bus(Name=properties["Name"])
    return str(properties["Name"])


def _make_archive(endpoint: str, name: str, properties: Properties) -> str:
    archive = str(properties.get("ArchiveName", name))
    client("events", endpoint).create_archive(
        ArchiveName=archive,
        EventSourceArn=properties["SourceArn"],
        EventPattern=json.dumps(properties.get("EventPattern", {})),
        RetentionDays=int(properties.get("RetentionDays", 0)),
    )
    return archive


def _make_rule(endpoint: str, name: str, properties: Properties) -> str:
    """Create a rule and return its id, which is `bus|rule` on a bus other than the default one."""
    rule = str(properties.get("Name", name))
    bus = str(properties.get("EventBusName", "default")).rpartition("/")[2]
    options = {key: properties[key] for key in ("ScheduleExpression", "State") if key in properties}
    if "EventPattern" in properties:
        options["EventPattern"] = json.dumps(properties["EventPattern"])
    events = client("events", endpoint)
    events.put_rule(Name=rule, EventBusName=bus, **options)
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[_target(rule, one) for one in properties["Targets"]])
    return rule if bus == "default" else f"{bus}|{rule}"


def _target(rule: str, target: Properties) -> dict[str, Any]:
    if changed := [name for name in _CHANGED_EVENTS if name in target]:
        raise TemplateError(f"the embedded stack passes events on unchanged; {rule} has {changed[0]}")
    return {name: target[name] for name in ("Id", "Arn", "DeadLetterConfig") if name in target}


def _make_subscription(endpoint: str, _name: str, properties: Properties) -> str:
    attributes = {
        name: json.dumps(properties[name]) for name in ("FilterPolicy", "RedrivePolicy") if name in properties
    }
    if str(properties.get("RawMessageDelivery", False)).lower() == "true":
        attributes["RawMessageDelivery"] = "true"  # moto reads any value as true, even "false"
    answer = client("sns", endpoint).subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    return str(answer["SubscriptionArn"])


def _complete_bucket(endpoint: str, bucket: str, properties: Properties) -> str:
    s3 = client("s3", endpoint)
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=properties["VersioningConfiguration"])
    if notifications := _notifications(bucket, properties.get("NotificationConfiguration", {})):
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=notifications)
    return bucket


def _notifications(bucket: str, declared: Properties) -> dict[str, Any]:
    if others := [name for name in _OTHER_NOTIFICATIONS if name in declared]:
        raise TemplateError(f"the embedded stack notifies EventBridge and queues; {bucket} has {others[0]}")
    notifications: dict[str, Any] = {}
    if _is_on(declared.get("EventBridgeConfiguration")):
        notifications["EventBridgeConfiguration"] = {}
    if queues := declared.get("QueueConfigurations"):
        notifications["QueueConfigurations"] = [_queue_notification(one) for one in queues]
    return notifications


def _is_on(event_bridge: Properties | None) -> bool:
    return event_bridge is not None and str(event_bridge.get("EventBridgeEnabled", True)).lower() == "true"


def _queue_notification(declared: Properties) -> dict[str, Any]:
    notification: dict[str, Any] = {"QueueArn": declared["Queue"], "Events": [declared["Event"]]}
    if "Filter" in declared:
        notification["Filter"] = {"Key": {"FilterRules": declared["Filter"]["S3Key"]["Rules"]}}
    return notification


_MAKERS: Mapping[str, Callable[[str, str, Properties], str]] = {
    "AWS::ApiGateway::RestApi": _make_rest_api,
    "AWS::ApiGateway::UsagePlan": _make_usage_plan,
    "AWS::Events::EventBus": _make_bus,
    "AWS::Events::Archive": _make_archive,
    "AWS::Events::Rule": _make_rule,
    "AWS::SNS::Subscription": _make_subscription,
    "AWS::S3::Bucket": _complete_bucket,
}
