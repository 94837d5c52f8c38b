"""What of the template lives in the AWS server: tables, queues, buckets, streams, topics, buses, and more.

CloudFormation creates them there from the transformed template, and cloudformation_gaps what its stand-in cannot.
"""

import json
from collections.abc import Mapping

from local.aws import cloudformation_gaps, dynamodb_tables
from local.aws.clients import Endpoints, client
from local.template.sam import STACK_NAME, SamTemplate

_IN_CLOUDFORMATION = (
    "AWS::DynamoDB::Table",
    "AWS::Kinesis::Stream",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
)


def create(template: SamTemplate, endpoints: Endpoints) -> dict[str, str]:
    """Create all stores; the physical id of each by its logical id."""
    created = _create_by_cloudformation(template, endpoints.aws)
    if endpoints.has_other_dynamodb:
        tables = template.of_type("AWS::DynamoDB::Table")
        dynamodb_tables.create_empty(
            endpoints.client("dynamodb"), {created[name]: table["Properties"] for name, table in tables.items()}
        )
    return cloudformation_gaps.fill(template, created, endpoints.aws)


def put_secrets(endpoint: str, path: str, secrets: Mapping[str, str]) -> None:
    """The operator's part: CloudFormation cannot make encrypted parameters."""
    ssm = client("ssm", endpoint)
    for name, value in secrets.items():
        ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True)


def _create_by_cloudformation(template: SamTemplate, endpoint: str) -> dict[str, str]:
    resources = {
        name: {**cloudformation_gaps.as_moto_takes_it(resource), "DependsOn": []}
        for name, resource in template.resources.items()
        if resource["Type"] in _IN_CLOUDFORMATION
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
    # A resource whose condition does not hold is listed too, without a name.
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in created if "LogicalResourceId" in one}
