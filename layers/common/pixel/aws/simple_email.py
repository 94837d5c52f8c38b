"""SES: one call that sends a mail, and whether the mail may be on its way after a failure.

The call is never repeated here, because SES sends a mail again that it is given again.
"""

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from pixel.aws.clients import make_client
from pixel.foundation.container import made_once
from pixel.foundation.errors import LoggableError

_TIMEOUT_SECONDS = 10.0
_LATER: Final = {
    *("TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling"),
    *("AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"),
    *("AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException"),
}
"""SES took nothing, and takes the same mail later: a rate, or what the operator has to put right."""


class MailNotSentError(LoggableError):
    """The mail was not sent, and may be sent again at any time."""


class MailRefusedError(LoggableError):
    """SES refuses the mail, and would refuse it again."""


class MailInDoubtError(LoggableError):
    """The mail may have been sent."""


def send_mail(mail: bytes, *, configuration_set: str, tags: Mapping[str, str]) -> str:
    """Send a mail as it is and return SES's id of it. The events about it have the tags.

    Raises MailNotSentError, MailRefusedError or MailInDoubtError.
    """
    named = {"ConfigurationSetName": configuration_set} if configuration_set else {}
    try:
        response = _client().send_email(
            Content={"Raw": {"Data": mail}},
            EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
            **named,
        )
    except ClientError as failure:
        code = failure.response["Error"]["Code"]
        status = failure.response["ResponseMetadata"]["HTTPStatusCode"]
        if code in _LATER or status == 429:
            raise MailNotSentError(f"ses SendEmail: {code}") from failure
        if status >= 500:
            raise MailInDoubtError(f"ses SendEmail: {code}") from failure
        raise MailRefusedError(f"ses SendEmail: {code}") from failure
    except (EndpointConnectionError, ConnectTimeoutError) as failure:
        raise MailNotSentError(f"ses SendEmail: {type(failure).__name__}") from failure
    except BotoCoreError as failure:
        raise MailInDoubtError(f"ses SendEmail: {type(failure).__name__}") from failure
    return str(response["MessageId"])


@made_once
def _client() -> Any:
    return make_client("sesv2", timeout_seconds=_TIMEOUT_SECONDS, attempts=1)
