"""Who may do what. To give a function a right, add it to the table here: that is the review."""

import re
from typing import Any

import pytest

from tests.template import document

_SECRETS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/pixel/${AWS::StackName}"
_ADMIN_TOKEN = f"{_SECRETS}/tinybird-admin-token"
_INGEST_TOKEN = f"{_SECRETS}/tinybird-ingest-token"
_REPORT = {
    "CountersTable.Arn": {"dynamodb:UpdateItem"},
    "WorkspaceTable.Arn": {"dynamodb:GetItem"},
    _ADMIN_TOKEN: {"ssm:GetParameter"},
}
_KEEP = {
    "CountersTable.Arn": {"dynamodb:UpdateItem"},
    "WorkspaceTable.Arn": {"dynamodb:GetItem"},
    "SpillQueue.Arn": {"sqs:SendMessage"},
    "DeadLetterQueue.Arn": {"sqs:SendMessage"},
    _INGEST_TOKEN: {"ssm:GetParameter"},
}
_SOURCE = {
    "SpillQueue.Arn": {"sqs:SendMessage"},
    "DeadLetterQueue.Arn": {"sqs:SendMessage"},
    _INGEST_TOKEN: {"ssm:GetParameter"},
    "${WorkspaceTable.Arn}/index/by_website": {"dynamodb:Query"},
}
_CLAIM = {"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
_POLL_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
_INGEST = {**_KEEP, "ClaimsTable.Arn": _CLAIM}
_LIST = {"CountersTable.Arn": {"dynamodb:UpdateItem"}, "WorkspaceTable.Arn": {"dynamodb:Query"}}

_ALLOWED: dict[str, dict[str, set[str]]] = {
    "AuthorizerRole": {"ApiKeysTable.Arn": {"dynamodb:GetItem"}},
    "CanaryRole": {_ADMIN_TOKEN: {"ssm:GetParameter"}, _INGEST_TOKEN: {"ssm:GetParameter"}},
    "DrainSpillRole": {
        "SpillQueue.Arn": _POLL_QUEUE | {"sqs:ChangeMessageVisibility"},
        "DeadLetterQueue.Arn": {"sqs:SendMessage"},
        _INGEST_TOKEN: {"ssm:GetParameter"},
    },
    "GetHealthRole": {
        "CountersTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
        _ADMIN_TOKEN: {"ssm:GetParameter"},
        _INGEST_TOKEN: {"ssm:GetParameter"},
    },
    "GetMeRole": {"CountersTable.Arn": {"dynamodb:UpdateItem"}},
    "GetOpenapiRole": {},
    "IdentifyVisitorRole": _KEEP,
    "IngestBatchRole": _INGEST,
    "IngestEventRole": _INGEST,
    "IngestFileRole": {
        **_SOURCE,
        "ClaimsTable.Arn": _CLAIM | {"dynamodb:BatchGetItem"},
        "FileQueue.Arn": _POLL_QUEUE | {"sqs:ChangeMessageVisibility"},
        "FilesBucket.Arn": {"s3:ListBucket"},
        "${FilesBucket.Arn}/incoming/*": {"s3:GetObject"},
        "${FilesBucket.Arn}/aws/lambda/*": {"s3:GetObject"},
        "${FilesBucket.Arn}/rejected/*": {"s3:GetObject", "s3:PutObject"},
        "${FilesBucket.Arn}/summaries/*": {"s3:PutObject"},
    },
    "IngestQueueRole": {
        **_SOURCE,
        "ClaimsTable.Arn": _CLAIM,
        "IngestQueue.Arn": _POLL_QUEUE,
        "FileQueue.Arn": {"sqs:SendMessage"},
    },
    "IngestStreamRole": {
        **_SOURCE,
        "ClaimsTable.Arn": _CLAIM,
        "EventStream.Arn": {
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        },
        "FilesBucket.Arn": {"s3:ListBucket"},
        "${FilesBucket.Arn}/aws/lambda/*": {"s3:PutObject"},
    },
    "ListAlertsRole": _LIST,
    "ListGoalsRole": _LIST,
    "ListPipesRole": {"CountersTable.Arn": {"dynamodb:UpdateItem"}},
    "ListReportsRole": _LIST,
    "ListShareLinksRole": _LIST,
    "ListWebsitesRole": _LIST,
    "MintMetricsTokenRole": _REPORT,
    "MintVisitorTokenRole": _REPORT,
    "QueryPipeRole": _REPORT,
}
"""Beside its own log lines, which every function may write."""

_ACCOUNT_ROLE = "ApiGatewayAccountRole"
_ALL_LOG_GROUPS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"


def _rights(role: str) -> dict[str, set[str]]:
    """Resource -> actions, with `!GetAtt X.Arn` as X.Arn."""
    rights: dict[str, set[str]] = {}
    for policy in document.properties(role)["Policies"]:
        for written in policy["PolicyDocument"]["Statement"]:
            statement = _where_all_is_on(written)
            assert statement.keys() == {"Effect", "Action", "Resource"}
            assert statement["Effect"] == "Allow"
            for resource in _as_list(statement["Resource"]):
                rights.setdefault(_name(resource), set()).update(_as_list(statement["Action"]))
    return rights


def _where_all_is_on(statement: dict[str, Any]) -> dict[str, Any]:
    if statement.keys() != {"Fn::If"}:
        return statement
    _, there, otherwise = statement["Fn::If"]
    assert otherwise == {"Ref": "AWS::NoValue"}
    return dict(there)


def _name(resource: dict[str, Any]) -> str:
    ((function, argument),) = resource.items()
    assert function in {"Fn::GetAtt", "Fn::Sub"}
    return ".".join(argument) if function == "Fn::GetAtt" else str(argument)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_role_is_in_the_table() -> None:
    assert document.of_type("AWS::IAM::Role").keys() == _ALLOWED.keys() | {_ACCOUNT_ROLE}


@pytest.mark.parametrize("role", _ALLOWED)
def test_a_function_may_do_exactly_what_the_table_says(role: str) -> None:
    own_log = f"{role.removesuffix('Role')}LogGroup.Arn"

    assert _rights(role) == {own_log: {"logs:CreateLogStream", "logs:PutLogEvents"}, **_ALLOWED[role]}


@pytest.mark.parametrize("role", _ALLOWED)
def test_no_right_has_a_wildcard_but_for_objects_under_one_prefix_of_the_bucket(role: str) -> None:
    rights = _rights(role)
    under_a_prefix = [name for name in rights if re.fullmatch(r"\$\{FilesBucket\.Arn\}/[a-z/]+/\*", name)]

    assert not any("*" in action for actions in rights.values() for action in actions)
    assert [name for name in rights if "*" in name] == under_a_prefix


def test_api_gateway_s_account_role_reaches_logs_alone() -> None:
    """It is one for all APIs of the account, so it cannot name a group; it exists only where it is asked for."""
    rights = _rights(_ACCOUNT_ROLE)

    assert rights.keys() == {_ALL_LOG_GROUPS}
    assert all(action.startswith("logs:") and "*" not in action for action in rights[_ALL_LOG_GROUPS])
    assert document.written()["Resources"][_ACCOUNT_ROLE]["Condition"] == "ManagesApiGatewayAccount"
    assert document.written()["Parameters"]["ManageApiGatewayAccount"]["Default"] == "false"


def test_sam_adds_no_role_and_no_managed_policy() -> None:
    resources = document.transformed()["Resources"]
    roles = {name: role for name, role in resources.items() if role["Type"] == "AWS::IAM::Role"}

    assert roles.keys() == _ALLOWED.keys() | {_ACCOUNT_ROLE}
    assert not any("ManagedPolicyArns" in role["Properties"] for role in roles.values())
    assert {resource["Type"] for resource in resources.values() if "::IAM::" in resource["Type"]} == {"AWS::IAM::Role"}


@pytest.mark.parametrize("role", _ALLOWED)
def test_only_lambda_takes_the_role_of_a_function(role: str) -> None:
    (statement,) = document.properties(role)["AssumeRolePolicyDocument"]["Statement"]

    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }


def test_only_this_api_and_the_canary_s_rules_may_call_the_functions() -> None:
    permissions = [
        resource["Properties"]
        for resource in document.transformed()["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Permission"
    ]
    by_api = [permission for permission in permissions if permission["Principal"] == "apigateway.amazonaws.com"]
    by_rules = [permission for permission in permissions if permission["Principal"] == "events.amazonaws.com"]

    assert len(by_api) + len(by_rules) == len(permissions)
    assert {permission["FunctionName"]["Ref"] for permission in by_rules} == {"CanaryFunction"}
    # Queues and streams are polled by Lambda itself, in the function's role: nobody needs leave to call these.
    polled = {"DrainSpillFunction", "IngestQueueFunction", "IngestStreamFunction", "IngestFileFunction"}
    assert len(by_api) == len(document.functions()) - len({"CanaryFunction", *polled})
    for permission in by_api:
        pattern, names = permission["SourceArn"]["Fn::Sub"]
        assert names["__ApiId__"] == {"Ref": "Api"}
        assert pattern.partition("/")[2].startswith(
            ("authorizers/", "${__Stage__}/GET/api/v1/", "${__Stage__}/POST/api/v1/")
        )
