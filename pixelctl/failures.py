"""Messages to the operator: what went wrong, then what to do."""

from collections.abc import Mapping, Sequence
from typing import Final

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from pixel.aws.json_service import AwsError, AwsRefusedError, AwsUnreachableError
from pixel.foundation.errors import FieldError
from pixel.workspaces.errors import InvalidIdError, NotFoundError, RecordError
from pixel.workspaces.models import InvalidFieldsError


class ControlError(Exception):
    """A failure of the command itself; the text is for the operator and holds no secret."""


AWS_FAILURES: Final = (AwsError, aws.ClientError, aws.BotoCoreError, ResponseParserError)
FAILURES: Final = (ControlError, RecordError, InvalidFieldsError, *AWS_FAILURES)

_SIGN_IN = "sign in again, or choose another profile with --profile."
_NO_ANSWER = (AwsUnreachableError, aws.ConnectionError, aws.HTTPClientError, ResponseParserError)
_BY_TYPE: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    (
        (aws.NoCredentialsError, aws.PartialCredentialsError),
        "No AWS credentials were found; sign in, choose a profile with --profile, or use --local for the local stack.",
    ),
    ((aws.NoRegionError,), "No AWS Region is set; name one with --region or in AWS_REGION."),
    ((aws.InvalidRegionError,), "That is not the name of an AWS Region; check --region and AWS_REGION."),
    ((aws.ProfileNotFound,), "That AWS profile does not exist; check --profile and AWS_PROFILE."),
    (
        (aws.CredentialRetrievalError, aws.LoginError, aws.SSOError, aws.TokenRetrievalError),
        f"The AWS credentials could not be read; {_SIGN_IN}",
    ),
    (_NO_ANSWER, "AWS does not answer; check the network, --region and any AWS_ENDPOINT_URL, then run this again."),
)
# {operation} is the AWS operation that was refused.
_BY_CODE: Final[tuple[tuple[set[str], str], ...]] = (
    (
        {"ExpiredToken", "ExpiredTokenException", "RequestExpired"},
        f"The AWS credentials have expired; {_SIGN_IN}",
    ),
    (
        {"AuthFailure", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch"}
        | {"UnrecognizedClientException"},
        f"AWS does not accept these credentials; {_SIGN_IN}",
    ),
    (
        {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"},
        "These AWS credentials lack the permission for {operation}; use others, or have it added.",
    ),
    (
        {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "Throttling", "ThrottledException"}
        | {"ThrottlingException", "TooManyRequestsException"},
        "AWS throttles {operation}; wait a minute, then run the command again.",
    ),
    (
        {"LimitExceededException"},
        "{operation} exceeds a limit of the AWS account; delete what is not needed, or have the limit raised.",
    ),
    (
        {"ResourceNotFoundException"},
        "{operation} finds no table; deploy the stack again, or restart the local one.",
    ),
    (
        {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"},
        "{operation} finds no queue; deploy the stack again, or restart the local one.",
    ),
)


def error_code(failure: aws.ClientError) -> str:
    """Return the error code that AWS gave."""
    return str(failure.response.get("Error", {}).get("Code", "unknown"))


def sentence(failure: Exception, *, local: bool, flags: Mapping[str, str] | None = None) -> str:
    """Return the message for a failure; `flags` maps the names of fields to the command's options."""
    if isinstance(failure, InvalidFieldsError):
        text = joined(fault_lines(failure.faults, flags or {}))
    elif isinstance(failure, NotFoundError):
        text = f"{str(failure).removesuffix('.')}; {_where_to_look(failure)}"
    elif isinstance(failure, (ControlError, RecordError)):
        text = str(failure)
    elif isinstance(failure, AwsRefusedError):
        call = str(failure).partition(":")[0]
        text = _refusal(failure.kind, call, failure.body.get("message") or failure.body.get("Message"))
    elif isinstance(failure, aws.ClientError):
        text = _refusal(error_code(failure), failure.operation_name, failure.response.get("Error", {}).get("Message"))
    elif local and isinstance(failure, _NO_ANSWER):
        text = "The local stack does not answer; start it with `make run`."
    else:
        text = next(
            (text for types, text in _BY_TYPE if isinstance(failure, types)), f"The call to AWS failed: {failure}"
        )
    return " ".join([text, *getattr(failure, "__notes__", [])])


def fault_lines(faults: Sequence[FieldError], flags: Mapping[str, str]) -> list[str]:
    """Return a line for each fault, with the option in place of the field."""
    return [_fault_line(fault, flags) for fault in faults]


def joined(lines: Sequence[str]) -> str:
    """Return a single line as it is, and several lines below a heading."""
    return "\n  ".join(lines if len(lines) == 1 else ["these values cannot be used:", *lines])


def _fault_line(fault: FieldError, flags: Mapping[str, str]) -> str:
    name, _, position = fault.path.partition(".")
    flag = flags.get(name)
    if flag is None:
        return fault.message
    ending = fault.message.removeprefix(f"`{fault.path}` ")
    if ending == fault.message:
        return f"{flag}: {ending}"
    number = f", number {int(position) + 1}," if position.isdecimal() else ""
    return f"{flag}{number} {ending}"


def _where_to_look(failure: NotFoundError) -> str:
    command = failure.noun.replace(" ", "-")
    if isinstance(failure, InvalidIdError):
        return f"`pixelctl {command} list` shows ids."
    workspace = {"workspace": "", "key": " <workspace>"}.get(failure.noun, f" {failure.workspace_id}")
    return f"`pixelctl {command} list{workspace}` lists the existing ones."


def _refusal(code: str, operation: str, message: str | None) -> str:
    known = next((text for codes, text in _BY_CODE if code in codes), None)
    if known is not None:
        return known.format(operation=operation)
    return f"AWS refuses {operation}: {message or 'no reason given'} ({code})."
