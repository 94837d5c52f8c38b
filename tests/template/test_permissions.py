"""The rights of each function. To give a function another right, change the table here; that change is the review."""

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.contracts.for_each import for_each
from tests.template import document

_SECRETS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/pixel/${AWS::StackName}"
_ADMIN_TOKEN = f"{_SECRETS}/tinybird-admin-token"
_INGEST_TOKEN = f"{_SECRETS}/tinybird-ingest-token"

_QUEUE = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}"
_MESSAGES, _HOOKS = f"{_QUEUE}-messages", f"{_QUEUE}-hooks"

Rights = dict[str, set[str]]  # resource -> actions

_COUNT: Rights = {"CountersTable.Arn": {"dynamodb:UpdateItem"}}
_READ_TOKEN: Rights = {_ADMIN_TOKEN: {"ssm:GetParameter"}}
_APPEND_TOKEN: Rights = {_INGEST_TOKEN: {"ssm:GetParameter"}}
_KEEP_ROWS: Rights = {
    "SpillQueue.Arn": {"sqs:SendMessage"},
    "DeadLetterQueue.Arn": {"sqs:SendMessage"},
    **_APPEND_TOKEN,
}
_WRITE_RECEIPTS: Rights = {"ClaimsTable.Arn": {"dynamodb:BatchWriteItem"}}
_FIND_WEBSITE: Rights = {"WorkspaceTable.Arn": {"dynamodb:GetItem"}}
_READ_RECORDS: Rights = {"WorkspaceTable.Arn": {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}}
_WRITE_RECORDS: Rights = {
    "WorkspaceTable.Arn": {
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
    },
    "ClaimsTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
}
_FIND_OWNER: Rights = {"${WorkspaceTable.Arn}/index/by_website": {"dynamodb:Query"}}
_FIND_LINK: Rights = {"${WorkspaceTable.Arn}/index/by_share_token": {"dynamodb:Query"}, **_FIND_WEBSITE}
_COUNT_READERS: Rights = {
    "CountersTable.Arn": {"dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:GetItem"},  # with the salt of the day
}
_SIGN: Rights = {f"{_SECRETS}/viewer-secret": {"ssm:GetParameter"}}
_BELIEVE_EDGE: Rights = {f"{_SECRETS}/edge-secrets": {"ssm:GetParameter"}}
_FIND_KEYS: Rights = {
    f"${{ApiKeysTable.Arn}}/index/{name}": {"dynamodb:Query"} for name in ("by_key_id", "by_workspace")
}
_WRITE = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"}
_CLAIM = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"}
_POLL_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}

_ROWS_OF_GOALS = {("create", "goal"), ("delete", "goal"), ("update", "goal"), ("delete", "website")}

_ALLOWED: dict[str, Rights] = {
    "authorizer": {"ApiKeysTable.Arn": {"dynamodb:GetItem"}},
    "health/canary": {
        **_READ_TOKEN,
        **_APPEND_TOKEN,
        "ClaimsTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},  # outages
    },
    "health/get_health": {
        "CountersTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
        **_READ_TOKEN,
        **_APPEND_TOKEN,
    },
    "me/get_me": _COUNT,
    "openapi/get_openapi": {},
    "events/get_event": {**_COUNT, **_READ_TOKEN, "ClaimsTable.Arn": {"dynamodb:BatchGetItem"}},
    "events/identify_visitor": {**_COUNT, **_FIND_WEBSITE, **_KEEP_ROWS, **_WRITE_RECEIPTS},
    "infinity/infinity_[ep]*": {**_COUNT, **_FIND_WEBSITE, **_KEEP_ROWS, "ClaimsTable.Arn": _CLAIM},
    "infinity/infinity_analytics": {**_COUNT, **_FIND_WEBSITE, **_READ_TOKEN},
    **{
        f"pxl/{name}": {**_COUNT, "LinksTable.Arn": {"dynamodb:GetItem"}, **_READ_TOKEN}
        for name in ("get_insight", "get_short")
    },
    "pxl/list_shorts": {**_COUNT, "LinksTable.Arn": {"dynamodb:Query", "dynamodb:BatchGetItem"}, **_READ_TOKEN},
    **{
        f"pxl/{verb}_short": {
            **_COUNT,
            "LinksTable.Arn": {
                *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"),
                *("dynamodb:PutItem", "dynamodb:DeleteItem"),
            },
            "WorkspaceTable.Arn": {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"},
            "ClaimsTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
            **_READ_TOKEN,
        }
        for verb in ("create", "delete", "update")
    },
    "dashboard/open_dashboard": {**_COUNT, **_FIND_WEBSITE, **_SIGN, "LinksTable.Arn": {"dynamodb:Query"}},
    "dashboard/get_share_data": {**_COUNT_READERS, **_FIND_WEBSITE, **_SIGN, **_BELIEVE_EDGE, **_READ_TOKEN},
    "dashboard/open_share": {**_COUNT_READERS, **_FIND_LINK, **_SIGN, **_BELIEVE_EDGE},
    "dashboard/dashboard_page": _SIGN,
    "dashboard/embed_page": _FIND_LINK,
    "pixel/collect": {
        **_COUNT_READERS,
        **_BELIEVE_EDGE,
        **_FIND_WEBSITE,
        "ApiKeysTable.Arn": {"dynamodb:GetItem"},
        "ClaimsTable.Arn": {"dynamodb:GetItem"},
        "CollectQueue.Arn": {"sqs:SendMessage"},
    },
    "pixel/get_pixel_script": {
        "WorkspaceTable.Arn": {"dynamodb:GetItem", "dynamodb:Query"},
        "ApiKeysTable.Arn": {"dynamodb:GetItem"},
    },
    "dashboard/get_asset": {},
    "dashboard/share_page": {},
    "mail/*": {
        "WorkspaceTable.Arn": {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        f"{_SECRETS}/mail-secret": {"ssm:GetParameter"},
    },
    "events/ingest_*": {**_COUNT, **_FIND_WEBSITE, **_KEEP_ROWS, "ClaimsTable.Arn": _CLAIM},
    **{
        f"keys/{name}": {
            "CountersTable.Arn": {"dynamodb:UpdateItem", "dynamodb:BatchGetItem"},
            **_FIND_KEYS,
            "ApiKeysTable.Arn": {"dynamodb:GetItem"},
            "WorkspaceTable.Arn": {"dynamodb:GetItem", "dynamodb:Query"},
        }
        for name in ("get_*", "list_*")
    },
    **{
        f"keys/{name}_key": {
            "CountersTable.Arn": {"dynamodb:UpdateItem", "dynamodb:BatchGetItem"},
            **_FIND_KEYS,
            "ApiKeysTable.Arn": _WRITE | {"dynamodb:UpdateItem"},
            "WorkspaceTable.Arn": _WRITE | {"dynamodb:Query"},  # with the webhooks that are told of it
            "ClaimsTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
        }
        for name in ("create", "update", "revoke", "rotate")
    },
    "reports/list_pipes": _COUNT,
    "reports/mint_*": {**_COUNT, **_FIND_WEBSITE, **_READ_TOKEN},
    "reports/query_pipe": {**_COUNT, **_FIND_WEBSITE, **_READ_TOKEN},
    "workspace/get_*": {**_COUNT, **_READ_RECORDS},
    "workspace/forget_deleted": {"WorkspaceTable.Arn": {"dynamodb:Scan", "dynamodb:UpdateItem"}},
    "workspace/reconcile_goals": {**_KEEP_ROWS, "WorkspaceTable.Arn": {"dynamodb:Scan"}},
    "workspace/preview_alert": {
        **_COUNT,
        **_FIND_WEBSITE,
        **_READ_TOKEN,
        "ClaimsTable.Arn": {"dynamodb:GetItem"},  # outages
    },
    "workspace/list_*": {**_COUNT, **_READ_RECORDS},
    "workspace/rotate_share_link": {**_COUNT, **_WRITE_RECORDS},
    **{
        f"workspace/{verb}_{noun}": {
            **_COUNT,
            **_WRITE_RECORDS,
            **(_KEEP_ROWS if (verb, noun) in _ROWS_OF_GOALS else {}),
        }
        for verb in ("create", "delete", "update")
        for noun in ("alert", "goal", "report", "share_link", "website")
    },
    **{
        f"workspace/{name}": {
            **_COUNT,
            **_WRITE_RECORDS,
            "SecretsTable.Arn": {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},  # never read
        }
        for name in ("create_destination", "delete_destination", "update_destination", "rotate_secret")
    },
    **{
        f"workspace/{name}": {
            **_COUNT,
            "WorkspaceTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
            _HOOKS: {"sqs:SendMessage"},
        }
        for name in ("redeliver", "test_destination")
    },
    "workspace/send_report": {
        **_COUNT,
        "WorkspaceTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
        _MESSAGES: {"sqs:SendMessage"},
    },
    "sources/drain_collect": {
        **_APPEND_TOKEN,
        **_WRITE_RECEIPTS,
        "CollectQueue.Arn": _POLL_QUEUE | {"sqs:ChangeMessageVisibility"},
        "SpillQueue.Arn": {"sqs:SendMessage"},
        "DeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "sources/drain_spill": {
        **_APPEND_TOKEN,
        **_WRITE_RECEIPTS,
        "SpillQueue.Arn": _POLL_QUEUE | {"sqs:ChangeMessageVisibility", "sqs:SendMessage"},
        "DeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "links/record_clicks": {
        **_APPEND_TOKEN,
        "ClicksQueue.Arn": _POLL_QUEUE | {"sqs:ChangeMessageVisibility"},
        "DeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "sources/ingest_file": {
        **_KEEP_ROWS,
        **_FIND_OWNER,
        "ClaimsTable.Arn": _CLAIM | {"dynamodb:GetItem"},
        "FileQueue.Arn": _POLL_QUEUE | {"sqs:ChangeMessageVisibility"},
        "FilesBucket.Arn": {"s3:ListBucket"},
        "${FilesBucket.Arn}/incoming/*": {"s3:GetObject"},
        "${FilesBucket.Arn}/aws/lambda/*": {"s3:GetObject"},
        "${FilesBucket.Arn}/rejected/*": {"s3:GetObject", "s3:PutObject"},
        "${FilesBucket.Arn}/rows/*": {"s3:GetObject", "s3:PutObject"},
        "${FilesBucket.Arn}/summaries/*": {"s3:PutObject"},
    },
    "sources/ingest_queue": {
        **_KEEP_ROWS,
        **_FIND_OWNER,
        "ClaimsTable.Arn": _CLAIM,
        "IngestQueue.Arn": _POLL_QUEUE,
        "FileQueue.Arn": {"sqs:SendMessage"},
    },
    "sources/ingest_stream": {
        **_KEEP_ROWS,
        **_FIND_OWNER,
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
}
"""Exactly what functions need beside writing their log, by folder or pattern of folders."""

_FUNCTIONS = {document.folder_of(name): name for name in document.functions()}
_ACCOUNT_ROLE = "ApiGatewayAccountRole"
_ALL_LOG_GROUPS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"


def _role_of(folder: str) -> str:
    return str(document.properties(_FUNCTIONS[folder])["Role"]["Fn::GetAtt"][0])


_ROLES = sorted({_role_of(folder) for folder in _FUNCTIONS})


def _rights(role: str) -> Rights:
    """Return resource -> actions, with `!GetAtt X.Arn` as X.Arn."""
    rights: Rights = {}
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


def test_every_role_is_that_of_a_function() -> None:
    assert document.of_type("AWS::IAM::Role").keys() == {*_ROLES, _ACCOUNT_ROLE}


def test_every_row_of_the_table_is_about_a_function() -> None:
    matched = {pattern for pattern in _ALLOWED for folder in _FUNCTIONS if fnmatchcase(folder, pattern)}

    assert matched == _ALLOWED.keys()


@for_each("folder", _FUNCTIONS)
def test_a_function_may_do_exactly_what_the_table_says(folder: str) -> None:
    """For each function, so that none gets a right from a shared role that it does not need."""
    [needed] = [rights for pattern, rights in _ALLOWED.items() if fnmatchcase(folder, pattern)]
    role = _role_of(folder)
    own_log = f"{role.removesuffix('Role')}LogGroup.Arn"

    assert _rights(role) == {own_log: {"logs:CreateLogStream", "logs:PutLogEvents"}, **needed}


@pytest.mark.parametrize("role", _ROLES)
def test_no_right_has_a_wildcard_but_for_objects_under_one_prefix_of_the_bucket(role: str) -> None:
    rights = _rights(role)
    under_a_prefix = [name for name in rights if re.fullmatch(r"\$\{FilesBucket\.Arn\}/[a-z/]+/\*", name)]

    assert not any("*" in action for actions in rights.values() for action in actions)
    assert [name for name in rights if "*" in name] == under_a_prefix


def test_api_gateway_s_account_role_reaches_logs_alone() -> None:
    """All APIs of the account use it, so it cannot name a log group; it exists only if it is enabled."""
    rights = _rights(_ACCOUNT_ROLE)

    assert rights.keys() == {_ALL_LOG_GROUPS}
    assert all(action.startswith("logs:") and "*" not in action for action in rights[_ALL_LOG_GROUPS])
    assert document.written()["Resources"][_ACCOUNT_ROLE]["Condition"] == "ManagesApiGatewayAccount"
    assert document.written()["Parameters"]["ManageApiGatewayAccount"]["Default"] == "false"


def test_sam_adds_no_role_and_no_managed_policy() -> None:
    resources = document.transformed()["Resources"]
    roles = {name: role for name, role in resources.items() if role["Type"] == "AWS::IAM::Role"}

    assert roles.keys() == {*_ROLES, _ACCOUNT_ROLE}
    assert not any("ManagedPolicyArns" in role["Properties"] for role in roles.values())
    assert {resource["Type"] for resource in resources.values() if "::IAM::" in resource["Type"]} == {"AWS::IAM::Role"}


@pytest.mark.parametrize("role", _ROLES)
def test_only_lambda_takes_the_role_of_a_function(role: str) -> None:
    (statement,) = document.properties(role)["AssumeRolePolicyDocument"]["Statement"]

    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }


def test_only_this_api_and_rules_may_call_the_functions() -> None:
    permissions = [
        resource["Properties"]
        for resource in document.transformed()["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Permission"
    ]
    by_api = [permission for permission in permissions if permission["Principal"] == "apigateway.amazonaws.com"]
    by_rules = [permission for permission in permissions if permission["Principal"] == "events.amazonaws.com"]

    assert len(by_api) + len(by_rules) == len(permissions)
    assert {permission["FunctionName"]["Ref"] for permission in by_rules} == {
        "CanaryFunction",
        "ForgetDeletedFunction",
        "ReconcileGoalsFunction",
    }
    # Queues and streams are polled by Lambda itself, in the function's role: nobody needs leave to call these.
    polled = {
        *(
            "DrainSpillFunction",
            "DrainCollectFunction",
            "IngestQueueFunction",
            "IngestStreamFunction",
            "IngestFileFunction",
        ),
        "RecordClicksFunction",
    }
    # The function of both authorizers needs a permission for each, and that of GET and HEAD one for each method.
    # So does that of browsers, which has two paths.
    assert len(by_api) - 3 == len(document.functions()) - len(
        {"CanaryFunction", "ForgetDeletedFunction", "ReconcileGoalsFunction", *polled}
    )
    for permission in by_api:
        pattern, names = permission["SourceArn"]["Fn::Sub"]
        assert names["__ApiId__"] == {"Ref": "Api"}
        assert pattern.partition("/")[2].startswith(
            (
                "authorizers/",
                *(f"${{__Stage__}}/{method}/api/v1/" for method in ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")),
                "${__Stage__}/GET/mail/",
                "${__Stage__}/POST/mail/",
                "${__Stage__}/GET/share/",
                "${__Stage__}/GET/mail/",
                "${__Stage__}/POST/mail/",
                "${__Stage__}/GET/dashboard",
                "${__Stage__}/GET/p/*",
                "${__Stage__}/POST/p/e",
            )
        )
