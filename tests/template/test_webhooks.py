"""What keeps webhooks from private networks is on, unless somebody turns it off by name."""

from tests.template import document


def test_private_webhooks_are_off_unless_a_deployment_asks_for_them() -> None:
    parameter = document.written()["Parameters"]["AllowPrivateWebhooks"]
    variables = document.written()["Globals"]["Function"]["Environment"]["Variables"]

    assert parameter["Default"] == "false"
    assert parameter["AllowedValues"] == ["true", "false"]
    assert variables["PIXEL_ALLOW_PRIVATE_WEBHOOKS"] == {"Ref": "AllowPrivateWebhooks"}


def test_no_role_of_a_route_reads_addresses_and_secrets() -> None:
    for role in document.of_type("AWS::IAM::Role").values():
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement.get("Resource") == {"Fn::GetAtt": ["SecretsTable", "Arn"]}:
                    assert set(statement["Action"]) <= {
                        "dynamodb:PutItem",
                        "dynamodb:UpdateItem",
                        "dynamodb:DeleteItem",
                    }
