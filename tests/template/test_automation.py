"""The nested stack of what happens by itself: its functions, their exact rights, its queues, and what it is passed."""

import re
from typing import Any

import pytest

from pixel.hooks import sending
from pixel.mail.delivering import CONSUMERS
from pixel.workspaces.due import DUE_INDEX
from tests.contracts.source_files import AUTOMATION as FOLDERS
from tests.contracts.source_files import docstring
from tests.template import document

_NESTED = document.AUTOMATION
_MAIN, _OWN = document.written(), document.written(_NESTED)
_RESOURCES: dict[str, Any] = _OWN["Resources"]
_FUNCTIONS = {name: function["Properties"] for name, function in document.functions(_NESTED).items()}
_QUEUES = document.of_type("AWS::SQS::Queue", _NESTED)
_ARN = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
WORKSPACE = _ARN % ("dynamodb", "table/${WorkspaceTableName}")
CLAIMS = _ARN % ("dynamodb", "table/${ClaimsTableName}")
SECRETS = _ARN % ("dynamodb", "table/${SecretsTableName}")
_ADMIN_TOKEN = _ARN % ("ssm", "parameter/pixel/${MainStackName}/tinybird-admin-token")
_MAIL_SECRET = _ARN % ("ssm", "parameter/pixel/${MainStackName}/mail-secret")
_POLL = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
_FEED = {"sqs:SendMessage", "sqs:GetQueueAttributes"}

ALLOWED: dict[str, dict[str, set[str]]] = {
    "catch_up": {WORKSPACE: {"dynamodb:Scan", "dynamodb:GetItem", "dynamodb:PutItem"}},
    "tick": {
        f"{WORKSPACE}/index/{DUE_INDEX}": {"dynamodb:Query"},
        **dict.fromkeys(("AlertQueue.Arn", "MessageQueue.Arn", "HookQueue.Arn"), _FEED),
    },
    "evaluate_alerts": {
        "AlertQueue.Arn": _POLL,
        WORKSPACE: {
            *("dynamodb:Query", "dynamodb:BatchGetItem"),
            *("dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:DeleteItem"),
        },
        CLAIMS: {"dynamodb:GetItem"},  # outages
        "SpillQueueArn": {"sqs:GetQueueAttributes"},
        "MessageQueue.Arn": {"sqs:SendMessage"},
        _ADMIN_TOKEN: {"ssm:GetParameter"},
    },
    "compose_message": {
        "MessageQueue.Arn": _POLL,
        WORKSPACE: {
            *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"),
            *("dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:DeleteItem"),
        },
        "HookQueue.Arn": {"sqs:SendMessage"},
        "MailQueue.Arn": {"sqs:SendMessage"},
        _ADMIN_TOKEN: {"ssm:GetParameter"},
        _MAIL_SECRET: {"ssm:GetParameter"},
    },
    "deliver_mail": {
        "MailQueue.Arn": {*_POLL, "sqs:ChangeMessageVisibility"},
        WORKSPACE: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        _ARN % ("ses", "identity/*"): {"ses:SendEmail", "ses:SendRawEmail"},
        _ARN % ("ses", "configuration-set/${MailConfigurationSet}"): {"ses:SendEmail", "ses:SendRawEmail"},
    },
    "deliver_hook": {
        "HookQueue.Arn": {*_POLL, "sqs:SendMessage"},
        WORKSPACE: {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        SECRETS: {"dynamodb:GetItem"},
    },
    "mail_events": {
        "MailEventsQueue.Arn": _POLL,
        WORKSPACE: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
    },
}
"""Exactly what functions may do beside writing their log. tests/template/test_automation_rights.py lets them do it."""
_CONSUMERS = {
    "AlertQueue": ("EvaluateAlertsFunction", 10),
    "MessageQueue": ("ComposeMessageFunction", 10),
    "MailQueue": ("DeliverMailFunction", CONSUMERS),
    "HookQueue": ("DeliverHookFunction", 10),
    "MailEventsQueue": ("MailEventsFunction", 2),
}
"""Who takes the messages of a queue, and how many of it at once."""
_OF_MAIL = {
    *("DeliverMailFunction", "DeliverMailRole", "DeliverMailLogGroup", "DeliverMailErrorsAlarm"),
    *("MailEventsFunction", "MailEventsRole", "MailEventsLogGroup", "MailEventsErrorsAlarm"),
    *("MailQueue", "MailEventsQueue", "MailEventsQueuePolicy", "MailConfigurationSet", "MailEventDestination"),
    *("MailEventsTopic", "MailEventsTopicPolicy", "MailEventsSubscription", "MailsFailedAlarm"),
}


def _name(folder: str) -> str:
    return "".join(word.capitalize() for word in folder.split("_"))


def _statements(role: str) -> list[dict[str, Any]]:
    """Return the statements of a role if all parts are on."""
    [policy] = _RESOURCES[role]["Properties"]["Policies"]
    return [one.get("Fn::If", [None, one])[1] for one in policy["PolicyDocument"]["Statement"]]


def _rights(role: str) -> dict[str, set[str]]:
    rights: dict[str, set[str]] = {}
    for statement in _statements(role):
        actions, resources = (_listed(statement[part]) for part in ("Action", "Resource"))
        for resource in resources:
            ((_, argument),) = resource.items()
            place = ".".join(argument) if isinstance(argument, list) else argument
            rights.setdefault(place, set()).update(actions)
    return rights


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_folder_is_a_function_with_its_docstring_a_role_and_a_log_group_of_its_own() -> None:
    assert sorted(_FUNCTIONS) == sorted(f"{_name(folder.name)}Function" for folder in FOLDERS)
    for folder in FOLDERS:
        name = _name(folder.name)
        function = _FUNCTIONS[f"{name}Function"]

        assert function["Description"] == docstring(folder / "handler.py").removesuffix("."), folder
        assert function["CodeUri"] == f"../functions/automation/{folder.name}/"
        assert function["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}LogGroup"}}
        assert function["Environment"] == {"Variables": {"POWERTOOLS_SERVICE_NAME": folder.name}}
        group = _RESOURCES[f"{name}LogGroup"]
        assert group["Properties"]["LogGroupName"] == {"Fn::Sub": f"/pixel/${{MainStackName}}/{folder.name}"}
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_role_may_do_exactly_what_the_table_says(folder: str) -> None:
    assert {f"{_name(one)}Role" for one in ALLOWED} == document.of_type("AWS::IAM::Role", _NESTED).keys()
    log = {f"{_name(folder)}LogGroup.Arn": {"logs:CreateLogStream", "logs:PutLogEvents"}}

    assert _rights(f"{_name(folder)}Role") == {**log, **ALLOWED[folder]}


def test_mail_is_sent_only_in_the_name_of_its_sender() -> None:
    """IAM compares the address alone, which MailFrom may have a name before."""
    [sending_mail] = [one for one in _statements("DeliverMailRole") if "ses:SendEmail" in one["Action"]]
    chosen = sending_mail["Condition"]["StringEquals"]["ses:FromAddress"]

    assert chosen == {
        "Fn::Select": [
            0,
            {"Fn::Split": [">", {"Fn::Select": [1, {"Fn::Split": ["<", {"Fn::Sub": "${MailFrom}<${MailFrom}"}]}]}]},
        ]
    }
    for sender in ("reports@example.com", "Pixel API <reports@example.com>"):
        assert re.fullmatch(_MAIN["Parameters"]["MailFrom"]["AllowedPattern"], sender)
        assert f"{sender}<{sender}".split("<")[1].split(">")[0] == "reports@example.com"


def test_what_calls_strangers_reaches_nothing_else() -> None:
    """An address that gets past every check finds a function without a network and with next to no rights."""
    tables = {place for place in _rights("DeliverHookRole") if ":table/" in place}

    assert tables == {WORKSPACE, SECRETS}
    assert not any(one.get("VpcConfig") for one in _FUNCTIONS.values())
    assert [role for role in document.of_type("AWS::IAM::Role", _NESTED) if SECRETS in _rights(role)] == [
        "DeliverHookRole"
    ]


@pytest.mark.parametrize(("queue", "consumer"), _CONSUMERS.items())
def test_a_queue_has_one_consumer_and_hides_messages_for_as_long_as_it_may_take(
    queue: str, consumer: tuple[str, int]
) -> None:
    function, at_once = consumer
    [source] = _FUNCTIONS[function]["Events"].values()

    assert source["Properties"]["Queue"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert source["Properties"]["ScalingConfig"] == {"MaximumConcurrency": at_once}
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "MaximumBatchingWindowInSeconds" not in source["Properties"]
    assert _QUEUES[queue]["Properties"]["VisibilityTimeout"] == 6 * _FUNCTIONS[function]["Timeout"]


def test_schedules_call_two_functions_and_queues_the_others() -> None:
    on_schedule = {
        name: source["Properties"]["Schedule"]
        for name, function in _FUNCTIONS.items()
        for source in function["Events"].values()
        if source["Type"] == "Schedule"
    }

    assert on_schedule == {"TickFunction": "rate(1 minute)", "CatchUpFunction": "rate(1 day)"}
    assert {function for function, _ in _CONSUMERS.values()} | on_schedule.keys() == _FUNCTIONS.keys()
    assert _FUNCTIONS["TickFunction"]["Timeout"] <= 60


def test_an_attempt_at_a_webhook_ends_before_its_function_and_its_lease() -> None:
    timeout = _FUNCTIONS["DeliverHookFunction"]["Timeout"]

    assert timeout * 1000 > sending._MILLISECONDS_NEEDED
    assert sending.LEASE.total_seconds() >= timeout


def test_dead_letters_are_apart_from_those_of_rows() -> None:
    """The template repeats the names of its queues, because references would make them wait for each other."""
    letters = _QUEUES["AutomationDeadLetterQueue"]["Properties"]
    with_letters = [queue for queue in _CONSUMERS if queue != "MailQueue"]
    names = [_QUEUES[queue]["Properties"]["QueueName"]["Fn::Sub"] for queue in with_letters]

    assert _QUEUES.keys() == {*_CONSUMERS, "AutomationDeadLetterQueue"}
    assert letters["MessageRetentionPeriod"] == 14 * 86_400
    assert letters["RedriveAllowPolicy"] == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [{"Fn::Sub": _ARN % ("sqs", name)} for name in names],
    }
    for queue in with_letters:
        redrive = _QUEUES[queue]["Properties"]["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["AutomationDeadLetterQueue", "Arn"]}
        assert 5 <= redrive["maxReceiveCount"] <= 100


@pytest.mark.parametrize("name", _QUEUES)
def test_a_queue_is_encrypted_and_keeps_addresses_for_a_day_at_most(name: str) -> None:
    queue = _QUEUES[name]["Properties"]

    assert queue["SqsManagedSseEnabled"] is True
    assert "KmsMasterKeyId" not in queue  # SNS could not send under the account's key
    assert queue["ReceiveMessageWaitTimeSeconds"] == 20
    if name == "MailQueue":
        assert queue["MessageRetentionPeriod"] <= 86_400
        assert "RedrivePolicy" not in queue  # a mail that crashes its consumer ends here, and is written again


def test_what_only_mail_needs_is_there_only_with_a_sender() -> None:
    assert _OWN["Conditions"]["HasMail"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "MailFrom"}, ""]}]}
    assert {name for name, one in _RESOURCES.items() if one.get("Condition") == "HasMail"} == _OF_MAIL
    assert {one.get("Condition") for one in _RESOURCES.values()} == {"HasMail", None}
    [policy] = _RESOURCES["ComposeMessageRole"]["Properties"]["Policies"]
    optional = [one["Fn::If"] for one in policy["PolicyDocument"]["Statement"] if "Fn::If" in one]
    assert [condition for condition, _, _ in optional] == ["HasMail", "HasMail"]
    assert {str(one["Resource"]) for _, one, _ in optional} == {
        str({"Fn::GetAtt": ["MailQueue", "Arn"]}),
        str({"Fn::Sub": _MAIL_SECRET}),
    }


def test_ses_tells_of_mails_by_a_topic_that_nobody_else_writes_to() -> None:
    destination = _RESOURCES["MailEventDestination"]["Properties"]["EventDestination"]
    [to_topic] = _RESOURCES["MailEventsTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    [to_queue] = _RESOURCES["MailEventsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert set(destination["MatchingEventTypes"]) == {"send", "reject", "bounce", "complaint"}
    assert destination["SnsDestination"] == {"TopicARN": {"Ref": "MailEventsTopic"}}
    assert to_topic["Principal"] == {"Service": "ses.amazonaws.com"}
    assert to_topic["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert to_queue["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "MailEventsTopic"}}}
    variables = _OWN["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["PIXEL_MAIL_CONFIGURATION_SET"]["Fn::If"][1] == {"Fn::Sub": "${MainStackName}-mail"}
    assert _RESOURCES["MailConfigurationSet"]["Properties"]["Name"] == {"Fn::Sub": "${MainStackName}-mail"}


def test_the_layer_of_mail_hangs_on_what_writes_mail_alone() -> None:
    added = {name: function["Layers"] for name, function in _FUNCTIONS.items() if "Layers" in function}

    assert added == {"ComposeMessageFunction": [{"Ref": "MailLayerArn"}]}  # beside that of all functions
    assert _OWN["Globals"]["Function"]["Layers"] == [{"Ref": "LayerArn"}]
    both = {"Fn::If": ["IsArm64", {"Ref": "MailLayerArm64"}, {"Ref": "MailLayerX8664"}]}
    assert document.properties("Automation")["Parameters"]["MailLayerArn"] == both


def test_the_main_stack_passes_what_the_nested_one_declares() -> None:
    passed = document.properties("Automation")["Parameters"]
    of_main = {name: {"Ref": name} for name in ("MailFrom", "MailDomains", "SendRate", "AllowPrivateWebhooks")}

    assert document.properties("Automation")["Location"] == _NESTED
    assert passed.keys() == _OWN["Parameters"].keys()
    assert {name: passed[name] for name in of_main} == of_main
    assert passed["MainStackName"] == {"Ref": "AWS::StackName"}
    assert "Condition" not in _MAIN["Resources"]["Automation"]


def test_mail_and_private_webhooks_are_off_unless_the_operator_wants_them() -> None:
    parameters = _MAIN["Parameters"]

    assert parameters["MailFrom"]["Default"] == ""
    assert parameters["MailDomains"]["Default"] == ""
    assert parameters["AllowPrivateWebhooks"]["Default"] == "false"
    assert not any("Default" in parameter for parameter in _OWN["Parameters"].values())


def test_functions_find_the_settings_of_their_part_and_those_of_all() -> None:
    """Those of other parts have defaults; tests/contracts/test_environment.py compares all with what is read."""
    own, main = (one["Globals"]["Function"]["Environment"]["Variables"] for one in (_OWN, _MAIN))

    assert own.keys() - main.keys() == {
        *("PIXEL_ALERT_QUEUE_URL", "PIXEL_MAIL_QUEUE_URL", "PIXEL_MAIL_CONFIGURATION_SET", "PIXEL_SEND_RATE"),
        "PIXEL_PUBLIC_URL",
    }
    assert main.keys() - own.keys() == {
        *("PIXEL_FILE_QUEUE_URL", "PIXEL_FILES_BUCKET", "PIXEL_ERRORS_PAGE_URL"),
        *("PIXEL_LINKS_TABLE", "PIXEL_LINKS_URL", "PIXEL_CLICKS_QUEUE_URL", "PIXEL_COLLECT_QUEUE_URL"),
        "PIXEL_EDGE_ENABLED",
    }
    assert own["POWERTOOLS_METRICS_NAMESPACE"] == {"Fn::Sub": "PixelApi/${MainStackName}"}


def test_functions_are_as_those_of_the_main_stack() -> None:
    own, main = (one["Globals"]["Function"] for one in (_OWN, _MAIN))

    for setting in ("Runtime", "Handler", "Architectures", "MemorySize"):
        assert own[setting] == main[setting]
    assert own["LoggingConfig"] == {"LogFormat": "JSON"}
