"""The policy of a deployer allows what CloudFormation needs for each type of the templates, and is well formed."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.documents import ROOT
from tests.template import document

_POLICY = json.loads((ROOT / "docs" / "deployer-policy.json").read_text())
_STATEMENTS: list[dict[str, Any]] = _POLICY["Statement"]
_CHARACTERS_MAX = 6_144  # of a managed policy, without white space
_BEYOND_THE_TEMPLATES = {"iam", "s3", "ssm"}  # s3 and ssm: what is uploaded, and the secrets
# What CloudFormation may need for a type, and does not for what the templates set.
_NOT_USED = {
    "kms:*": "no key of one's own",
    "cloudfront:*ConnectionGroup": "no distribution of tenants",
    "cloudfront:GetVpcOrigin": "no VPC",
    "ec2:*": "no VPC",
    "elasticfilesystem:*": "no file systems",
    "s3files:*": "no file systems",
    "s3tables:*": "no tables on S3",
    "firehose:*": "no delivery streams",
    "dynamodb:*Replica": "tables of one Region",
    "dynamodb:BatchWriteItem": "of an import",
    "dynamodb:ImportTable": "no imports",
    "dynamodb:*KinesisStreamingDestination": "no stream of changes",
    "dynamodb:*ResourcePolicy": "no policies of tables",
    "dynamodb:UpdateContributorInsights": "not used",
    "kinesis:DescribeStream": "of a table's stream of changes",
    "kinesis:PutRecords": "of a table's stream of changes",
    "kinesis:*EnhancedMonitoring": "not used",
    "kinesis:UpdateMaxRecordSize": "not used",
    "kinesis:UpdateStream*Strategy": "not used",
    "kinesis:UpdateStreamWarmThroughput": "not used",
    "lambda:AssociateRuntimeAlias": "no runtime of one's own",
    "lambda:PassCapacityProvider": "no capacity providers",
    "logs:*LogStream": "of an import",
    "logs:PutLogEvents": "of an import",
    "logs:*KmsKey": "no key of one's own",
    "logs:*DataProtectionPolicy": "not used",
    "logs:*IndexPolicy": "not used",
    "logs:*ResourcePolicy": "not used",
    "logs:PutBearerTokenAuthentication": "not used",
    "logs:PutLogGroupDeletionProtection": "not used",
    "s3:*Object*": "of what is uploaded, in a bucket that the policy allows altogether",
    "s3:*MetadataTable*": "not used",
    "s3:UpdateBucketMetadata*": "not used",
    "s3:DeleteBucket?*": "settings that are replaced, not deleted",
    "s3:REST.PUT.OBJECT": "no action of IAM",
    "sns:PutDataProtectionPolicy": "not used",
}


def _actions(*, of_uploads: bool = True) -> Iterator[str]:
    for statement in _STATEMENTS:
        if of_uploads or statement["Sid"] != "Artifacts":
            given = statement["Action"]
            yield from [given] if isinstance(given, str) else given


def _matches(action: str, patterns: Any) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


@cache
def _types() -> frozenset[str]:
    return frozenset(
        resource["Type"]
        for template in document.TEMPLATES
        for resource in document.transformed(template)["Resources"].values()
    )


def _needed(kind: str) -> set[str]:
    """Return the actions that the schema of a type names for all of its life."""
    schemas = _cfn_lint("schema.manager").PROVIDER_SCHEMA_MANAGER
    handlers = schemas.get_resource_schema("eu-central-1", kind).schema["handlers"]
    return {action for life in handlers.keys() - {"list"} for action in handlers[life]["permissions"]}


def _cfn_lint(module: str) -> Any:
    """Import a module of cfn-lint where tests use it: it is an eighth of what each process imports to collect tests."""
    return import_module(f"cfnlint.{module}")


def test_cloudformation_may_do_what_each_type_of_the_templates_needs() -> None:
    allowed = list(_actions(of_uploads=False))
    lacking = {
        kind: sorted(action for action in _needed(kind) if not _matches(action, [*allowed, *_NOT_USED]))
        for kind in _types()
    }

    assert {kind: actions for kind, actions in lacking.items() if actions} == {}


def test_cloudformation_may_read_the_parameters_that_templates_refer_to() -> None:
    """It does so by the rights of whoever deploys."""
    referred = {
        name.replace("${MainStackName}", "pixel-api-staging")
        for template in document.TEMPLATES
        for name in re.findall(r"\{\{resolve:ssm:([^:}]+(?:\}[^:]*)?):", document.text(template))
    }
    readable = [
        str(one["Resource"]).partition(":parameter")[2]
        for one in _STATEMENTS
        if _matches("ssm:GetParameters", _listed(one["Action"]))
    ]

    assert referred == {"/pixel/pixel-api-staging/edge-header"}
    assert all(_matches(name, readable) for name in referred)
    assert not _matches("/pixel/pixel-api/tinybird-admin-token", readable)


def test_what_is_said_not_to_be_used_is_needed_by_no_statement_and_named_by_a_type() -> None:
    named = {action for kind in _types() for action in _needed(kind)}

    assert [pattern for pattern in _NOT_USED if not any(_matches(action, [pattern]) for action in named)] == []


def test_every_action_exists_and_belongs_to_a_service_of_the_templates() -> None:
    file = Path(_cfn_lint("schema").__path__[0]).parent / "data" / "AdditionalSpecs" / "Policies.json"
    known = json.loads(file.read_text())
    services = {action.partition(":")[0] for kind in _types() for action in _needed(kind)} | _BEYOND_THE_TEMPLATES

    for action in _actions():
        service, _, name = action.partition(":")
        assert service in services, action
        assert any(fnmatchcase(one, name.lower()) for one in known[service]["Actions"]), action


def test_it_fits_into_a_managed_policy() -> None:
    assert len(json.dumps(_POLICY, separators=(",", ":"))) <= _CHARACTERS_MAX
    assert len({statement["Sid"] for statement in _STATEMENTS}) == len(_STATEMENTS)
    assert {statement["Effect"] for statement in _STATEMENTS} == {"Allow"}


@pytest.mark.parametrize("service", ["dynamodb", "iam", "lambda", "logs", "s3", "sqs", "ssm"])
def test_what_has_names_is_allowed_only_under_those_of_the_stacks(service: str) -> None:
    """Event source mappings have ids alone; lists and descriptions name nothing."""
    reading = ("Describe", "Get", "List", "Validate")
    for statement in _STATEMENTS:
        given = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        changing = [one for one in given if one.startswith(f"{service}:") and not one.split(":")[1].startswith(reading)]
        if changing and statement["Sid"] not in ("EventSources", "DomainOfApiGateway"):
            resources = statement["Resource"]
            for resource in [resources] if isinstance(resources, str) else resources:
                assert "pixel-api" in resource or "aws-sam-cli-managed-default" in resource, statement["Sid"]


def test_a_role_is_passed_only_to_services_that_the_templates_name() -> None:
    (passing,) = [one for one in _STATEMENTS if one["Action"] == "iam:PassRole"]
    principals = {
        principal
        for template in document.TEMPLATES
        for resource in document.transformed(template)["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role"
        for statement in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        for principal in _listed(statement["Principal"]["Service"])
    }

    assert principals == set(passing["Condition"]["StringEquals"]["iam:PassedToService"])


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
