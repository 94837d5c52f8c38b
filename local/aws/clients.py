"""Clients of the AWS server, and of another DynamoDB engine if one is configured."""

from typing import Any, NamedTuple

import boto3
from botocore.config import Config

from local.template import REGION
from pixel.aws.json_service import JsonService
from pixel.aws.tables import PROTOCOL, Database
from pixel.foundation.settings import AwsEnvironment


class Endpoints(NamedTuple):
    aws: str
    dynamodb: str  # the AWS server, unless DYNAMODB_ENDPOINT names another engine

    @property
    def has_other_dynamodb(self) -> bool:
        return self.dynamodb != self.aws

    def client(self, service: str) -> Any:
        return client(service, self.dynamodb if service == "dynamodb" else self.aws)

    def database(self) -> Database:
        environment = AwsEnvironment(REGION, "test", "test", None, {"AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb})
        return Database(JsonService(PROTOCOL, environment, timeout_seconds=60))

    def variables(self) -> dict[str, str]:
        """Return the environment variables that point AWS SDKs and functions to them."""
        other = {"AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb} if self.has_other_dynamodb else {}
        return {"AWS_ENDPOINT_URL": self.aws, **other}


def client(service: str, endpoint: str) -> Any:
    """Return a client of the service; its type is `Any`, because the service is a parameter."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs have one overload per literal name
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        # Creating a stack may take long on a busy machine, and a retry would create it twice.
        config=Config(connect_timeout=2, read_timeout=60, retries={"max_attempts": 1}),
    )
