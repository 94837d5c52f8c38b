"""Settings of a function, read from the environment once, at its first request.

The template declares each PIXEL_ variable for all functions (Globals); one that is missing, or that nobody reads,
fails every request, and the log line has its name. No other module reads the environment.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, Self

from pixel.foundation.errors import LoggableError


class Settings(NamedTuple):
    keys_table: str
    counters_table: str
    workspace_table: str
    claims_table: str
    secrets_path: str
    tinybird_url: str
    tinybird_workspace_id: str
    spill_queue_url: str
    dead_letter_queue_url: str
    file_queue_url: str = ""  # empty where the stack takes no files, as the next one
    files_bucket: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        given = {
            name.removeprefix("PIXEL_").lower(): value
            for name, value in environment.items()
            if name.startswith("PIXEL_")
        }
        if missing := [
            f"PIXEL_{name.upper()}" for name in cls._fields if name not in cls._field_defaults and not given.get(name)
        ]:
            raise ConfigurationError(f"not set: {', '.join(missing)}")
        if unknown := [f"PIXEL_{name.upper()}" for name in given if name not in cls._fields]:
            raise ConfigurationError(f"set, but read by nobody: {', '.join(unknown)}")
        return cls(**given)


class AwsEnvironment(NamedTuple):
    """What the Lambda runtime provides: the region, the credentials, and where services are."""

    region: str
    access_key_id: str
    secret_access_key: str
    session_token: str | None
    endpoints: Mapping[str, str]

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        return cls(
            region=environment["AWS_REGION"],
            access_key_id=environment["AWS_ACCESS_KEY_ID"],
            secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            session_token=environment.get("AWS_SESSION_TOKEN"),
            endpoints={
                name: value.rstrip("/")
                for name, value in environment.items()
                if name.startswith("AWS_ENDPOINT_URL") and value
            },
        )

    def other_endpoint(self, service: str) -> str | None:
        """Return where a service is instead of in AWS, if a variable says so."""
        return self.endpoints.get(f"AWS_ENDPOINT_URL_{service.upper()}") or self.endpoints.get("AWS_ENDPOINT_URL")

    def endpoint(self, service: str) -> str:
        """Return where a service is."""
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return self.other_endpoint(service) or f"https://{service}.{self.region}.{suffix}"


class ConfigurationError(LoggableError):
    """The deployment is wrong; the message names variables, never values."""


@cache
def settings() -> Settings:
    return Settings.read(os.environ)


@cache
def aws_environment() -> AwsEnvironment:
    return AwsEnvironment.read(os.environ)
