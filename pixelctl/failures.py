"""What can go wrong, as one sentence each that says what to do."""

from collections.abc import Sequence
from typing import Final

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError


class ControlError(Exception):
    """The text is for the operator and holds no secret."""


class NotFoundError(ControlError):
    pass


class AlreadyExistsError(ControlError):
    pass


class StillChangingError(ControlError):
    def __init__(self, what: str) -> None:
        super().__init__(f"Something else is changing {what} at the same time; run the command again.")


class InvalidValuesError(ControlError):
    """All that is wrong with what was given, a line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n  ".join(faults if len(faults) == 1 else ["these values cannot be used:", *faults]))


AWS_FAILURES: Final = (aws.ClientError, aws.BotoCoreError, ResponseParserError)

_SIGN_IN = "sign in again, or choose another profile with --profile."
_NO_ANSWER = (aws.ConnectionError, aws.HTTPClientError, ResponseParserError)
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
        "These AWS credentials may not call {operation}; use others, or have that permission added.",
    ),
    (
        {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "Throttling", "ThrottledException"}
        | {"ThrottlingException", "TooManyRequestsException"},
        "AWS throttles {operation}; wait a minute and run the command again.",
    ),
    (
        {"LimitExceededException"},
        "A limit of the AWS account stops {operation}; delete what is not needed or have the limit raised.",
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
    return str(failure.response.get("Error", {}).get("Code", "unknown"))


def sentence(failure: Exception, *, local: bool) -> str:
    if isinstance(failure, ControlError):
        text = str(failure)
    elif isinstance(failure, aws.ClientError):
        text = _refusal(failure)
    elif local and isinstance(failure, _NO_ANSWER):
        text = "The local stack does not answer; start it with `make run`."
    else:
        text = next((text for types, text in _BY_TYPE if isinstance(failure, types)), f"AWS cannot be used: {failure}")
    return " ".join([text, *getattr(failure, "__notes__", [])])


def _refusal(failure: aws.ClientError) -> str:
    code, operation = error_code(failure), failure.operation_name
    known = next((text for codes, text in _BY_CODE if code in codes), None)
    if known is not None:
        return known.format(operation=operation)
    return f"AWS refuses {operation}: {failure.response.get('Error', {}).get('Message') or 'no reason given'} ({code})."
