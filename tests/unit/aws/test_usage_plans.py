"""What API Gateway refuses or does not answer is an error of the same kinds as those of other services."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError

from pixel.aws.json_service import AwsRefusedError, AwsUnreachableError
from pixel.aws.usage_plans import UsagePlanService
from tests.provisioned import Wire, aws, fails, plans, wire  # noqa: F401 - fixtures


def _service(**options: Any) -> UsagePlanService:
    return UsagePlanService(boto3.client("apigateway", **options))


def test_a_refusal_has_its_kind_and_the_message_of_aws(aws: Wire) -> None:  # noqa: F811 - a fixture
    aws.once("DeleteApiKey", fails("DeleteApiKey", "AccessDeniedException"))

    with pytest.raises(AwsRefusedError, match=r"^apigateway DeleteApiKey: 500 AccessDeniedException$") as refusal:
        _service().delete_key("key1")

    assert (refusal.value.kind, refusal.value.body["message"]) == ("AccessDeniedException", "no")
    assert isinstance(refusal.value.__cause__, ClientError)


def test_a_refusal_by_the_service_had_no_effect(aws: Wire) -> None:  # noqa: F811 - a fixture
    with pytest.raises(AwsRefusedError, match=r"^apigateway DeleteApiKey: 404 NotFoundException$") as refusal:
        _service().delete_key("missing")

    assert refusal.value.had_no_effect
    assert not refusal.value.is_transient


def test_what_does_not_exist_is_not_found(aws: Wire) -> None:  # noqa: F811 - a fixture
    assert (_service().find_key("missing"), _service().find_throttle("missing")) == (None, None)


def test_a_plan_that_cannot_be_read_is_not_a_plan_that_is_missing(aws: Wire) -> None:  # noqa: F811 - a fixture
    aws.once("GetUsagePlan", fails("GetUsagePlan"))

    with pytest.raises(AwsRefusedError, match="ServiceUnavailable"):
        _service().find_throttle("missing")


def test_a_call_without_a_connection_had_no_effect() -> None:
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})

    with pytest.raises(AwsUnreachableError, match=r"^apigateway DeleteApiKey: EndpointConnectionError$") as failure:
        _service(endpoint_url="http://127.0.0.1:1", config=once).delete_key("key1")

    assert failure.value.had_no_effect


def test_missing_credentials_stay_an_error_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")

    with pytest.raises(NoCredentialsError):
        UsagePlanService(boto3.Session().client("apigateway")).delete_key("key1")
