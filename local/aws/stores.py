"""Create a template's tables, queues, buckets, streams, topics and buses in the AWS server.

CloudFormation creates them from the transformed template; cloudformation_gaps adds those that moto does not create.
"""

import json
import secrets
from collections.abc import Mapping

from local.aws import cloudformation_gaps, dynamodb_tables
from local.aws.clients import Endpoints, client
from local.template.sam import SamTemplate
from pixel.dashboard.signing import SECRET_BYTES

_IN_CLOUDFORMATION = (
    "AWS::DynamoDB::Table",
    "AWS::Kinesis::Stream",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
)


def create(template: SamTemplate, endpoints: Endpoints) -> dict[str, str]:
    """Create all stores of a template and return the physical id of each by its logical id."""
    created = _create_by_cloudformation(template, endpoints.aws)
    if endpoints.has_other_dynamodb:
        tables = template.of_type("AWS::DynamoDB::Table")
        dynamodb_tables.create_missing(
            endpoints.client("dynamodb"), {created[name]: table["Properties"] for name, table in tables.items()}
        )
    return cloudformation_gaps.fill(template, created, endpoints.aws)


def put_secrets(endpoint: str, path: str, values: Mapping[str, str]) -> None:
    """Store the secrets as the operator does, because CloudFormation cannot create encrypted parameters."""
    ssm = client("ssm", endpoint)
    for name, value in values.items():
        ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True)


def keep_secret(endpoint: str, name: str) -> str:
    """Return a secret, which is made at the first start."""
    ssm = client("ssm", endpoint)
    try:
        return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        made = secrets.token_hex(SECRET_BYTES)
        ssm.put_parameter(Name=name, Value=made, Type="SecureString")
        return made


def _create_by_cloudformation(template: SamTemplate, endpoint: str) -> dict[str, str]:
    resources = {
        name: {**cloudformation_gaps.as_moto_takes_it(resource), "DependsOn": []}
        for name, resource in template.resources.items()
        if resource["Type"] in _IN_CLOUDFORMATION
    }
    if not resources:
        return {}
    document = {
        "Parameters": template.declared_parameters,
        "Conditions": template.conditions,
        "Resources": resources,
    }
    cloudformation = client("cloudformation", endpoint)
    cloudformation.create_stack(
        StackName=template.stack_name,
        TemplateBody=json.dumps(document),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": str(value)} for name, value in template.parameters.items()
        ],
    )
    created = cloudformation.describe_stack_resources(StackName=template.stack_name)["StackResources"]
    # Resources whose condition is false are listed too, without a name.
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in created if "LogicalResourceId" in one}
