"""The settings of a function, read from the environment at its first request.

The template declares each PIXEL_ variable for all functions (Globals). If one is missing or unknown, every request
fails and the log names it. No other module reads the environment.
"""

import os
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from pixel.foundation.container import made_once
from pixel.foundation.errors import LoggableError

ERRORS_PAGE: Final = "docs/errors.md"
"""Where errors are described if the template's ErrorsPageUrl says nothing else: the path in this repository."""


class Settings(NamedTuple):
    """The PIXEL_ variables of a function."""

    keys_table: str
    counters_table: str
    workspace_table: str
    claims_table: str
    secrets_path: str
    tinybird_url: str
    tinybird_workspace_id: str
    spill_queue_url: str
    dead_letter_queue_url: str
    file_queue_url: str = ""  # this and the next are empty if file imports are disabled
    files_bucket: str = ""
    links_table: str = ""  # this and the next two are empty if short links are disabled
    clicks_queue_url: str = ""
    links_url: str = ""  # to which a code is added
    collect_queue_url: str = ""
    edge_enabled: str = ""  # "true" if requests may come through the distribution of stacks/edge.yaml
    hook_queue_url: str = ""  # this and the next are set where functions of stacks/automation.yaml or their callers run
    alert_queue_url: str = ""
    message_queue_url: str = ""
    mail_queue_url: str = ""
    mail_from: str = ""  # empty if mail is disabled
    mail_domains: str = ""  # whose addresses need not be confirmed, with commas between them
    mail_configuration_set: str = ""  # which tells what became of a mail
    send_rate: str = ""  # mails a second
    public_url: str = ""  # of the API, for links in mail
    secrets_table: str = ""  # the addresses and the secrets of destinations
    allow_private_webhooks: str = ""  # "true" in the embedded stack alone
    errors_page_url: str = ERRORS_PAGE

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
            raise ConfigurationError(f"missing environment variables; set {', '.join(missing)}")
        if unknown := [f"PIXEL_{name.upper()}" for name in given if name not in cls._fields]:
            raise ConfigurationError(f"unknown environment variables; remove {', '.join(unknown)}")
        return cls(**given)


class AwsEnvironment(NamedTuple):
    """The region, the credentials and the endpoints, which the Lambda runtime provides."""

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

    def endpoint_override(self, service: str) -> str | None:
        """Return the endpoint of a service that a variable sets in place of AWS's own, if any."""
        return self.endpoints.get(f"AWS_ENDPOINT_URL_{service.upper()}") or self.endpoints.get("AWS_ENDPOINT_URL")

    def endpoint(self, service: str) -> str:
        """Return the endpoint of a service."""
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return self.endpoint_override(service) or f"https://{service}.{self.region}.{suffix}"


class ConfigurationError(LoggableError):
    """The deployment is misconfigured; the message names settings, never their values."""


@made_once
def settings() -> Settings:
    return Settings.read(os.environ)


def errors_page() -> str:
    """Return the address of the page of errors, also if the settings are the error."""
    try:
        return settings().errors_page_url
    except ConfigurationError:
        return ERRORS_PAGE


@made_once
def aws_environment() -> AwsEnvironment:
    return AwsEnvironment.read(os.environ)
