"""What of the template lives in the AWS server: tables, queues, parameters and usage plans.

CloudFormation creates them there from the transformed template. Its stand-in knows no usage plans, so these are made
by the same API calls that CloudFormation would make, from the same properties.
"""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from local.intrinsics import Resolver
from local.sam_template import REGION, SamTemplate
from local.schedules import calls_function

STACK_NAME = "pixel-local"
_IN_CLOUDFORMATION = (
    "AWS::DynamoDB::",
    "AWS::SQS::",
    "AWS::SNS::",
    "AWS::S3::",
    "AWS::Kinesis::",
    "AWS::Events::",
    "AWS::SSM::",
)


def client(service: str, endpoint: str) -> Any:
    """A client of the AWS server; `Any`, because the service is a parameter here."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs have one overload per literal name
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(connect_timeout=2, read_timeout=20, retries={"max_attempts": 1}),
    )


def create(template: SamTemplate, endpoint: str) -> dict[str, str]:
    """Create all stores; the physical id of each by its logical id."""
    return {**_create_by_cloudformation(template, endpoint), **_create_usage_plans(template, endpoint)}


def put_secrets(endpoint: str, path: str, secrets: Mapping[str, str]) -> None:
    """The operator's part: CloudFormation cannot make encrypted parameters."""
    ssm = client("ssm", endpoint)
    for name, value in secrets.items():
        ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True)


def _create_by_cloudformation(template: SamTemplate, endpoint: str) -> dict[str, str]:
    resources = {
        name: {**resource, "DependsOn": []}
        for name, resource in template.resources.items()
        if resource["Type"].startswith(_IN_CLOUDFORMATION) and not calls_function(resource)
    }
    document = {
        "Parameters": template.declared_parameters,
        "Conditions": template.conditions,
        "Resources": resources,
    }
    cloudformation = client("cloudformation", endpoint)
    cloudformation.create_stack(
        StackName=STACK_NAME,
        TemplateBody=json.dumps(document),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": str(value)} for name, value in template.parameters.items()
        ],
    )
    created = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in created}


def _create_usage_plans(template: SamTemplate, endpoint: str) -> dict[str, str]:
    gateway = client("apigateway", endpoint)
    resolver = Resolver(template, {})
    ids = {name: gateway.create_rest_api(name=name)["id"] for name in template.of_type("AWS::ApiGateway::RestApi")}
    for name, resource in template.of_type("AWS::ApiGateway::UsagePlan").items():
        properties = resolver.resolve(resource["Properties"])
        plan = {"name": properties["UsagePlanName"], "description": properties.get("Description", "")}
        for part in ("Throttle", "Quota"):
            if part in properties:
                plan[part.lower()] = _camel_case(properties[part])
        ids[name] = gateway.create_usage_plan(**plan)["id"]
    return ids


def _camel_case(properties: dict[str, Any]) -> dict[str, Any]:
    """`RateLimit` in a template is `rateLimit` in a call, where numbers must be numbers."""
    return {
        name[0].lower() + name[1:]: int(value) if name in ("Limit", "BurstLimit", "Offset") else value
        for name, value in properties.items()
    }
