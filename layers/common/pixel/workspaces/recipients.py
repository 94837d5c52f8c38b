"""The recipients of reports and alerts: e-mail addresses, or the names of Slack destinations."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.models import RECIPIENTS_MAX, text
from pixel.workspaces.rules import Conflict

_SLACK_CHANNEL = re.compile(r"#[\w-]{1,80}")


def checked_recipients(value: Any) -> list[str]:
    """Return the trimmed recipients. Their form is checked later, because it depends on the channel."""
    if not isinstance(value, list | tuple):
        raise wrong_type("must be a list of texts.")
    recipients = [text(recipient).strip() for recipient in value]
    if not 1 <= len(recipients) <= RECIPIENTS_MAX:
        raise invalid(f"must have 1 to {RECIPIENTS_MAX} entries.")
    return recipients


def _unique(recipients: list[str]) -> list[str]:
    """Return the recipients, which must differ in their stored form and not only in case."""
    if len({recipient.lower() for recipient in recipients}) < len(recipients):
        raise invalid("must be unique, also in lower case.")
    return recipients


def recipient_fault(channel: object, recipient: str) -> str | None:
    """Return the error message for a recipient on this channel, or None if it is valid."""
    if channel == "slack":
        if _SLACK_CHANNEL.fullmatch(recipient) and recipient == recipient.lower():
            return None
        return "must be a Slack channel: # followed by lower-case letters, digits, - or _, such as '#sales'."
    if channel == "webhook":
        return "must be left out for webhook, which tells the destinations that take its events."
    if channel == "email" and _normalized_address(recipient) is None:
        return "must be a valid e-mail address, such as ann@example.com."
    return None


def _normalized_address(recipient: str) -> str | None:
    """Return the normalized e-mail address, with its domain as in DNS, or None if it is invalid."""
    try:
        found = validate_email(recipient, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        return None
    return found.ascii_email


def _fits_channel(recipient: str, info: ValidationInfo) -> str:
    channel = info.data.get("channel")
    if fault := recipient_fault(channel, recipient):
        raise invalid(fault)
    return (None if channel == "slack" else _normalized_address(recipient)) or recipient


def recipient_conflicts(channel: object, recipients: Iterable[str]) -> Iterator[Conflict]:
    """Return the conflicts of recipients with a channel that was changed without them."""
    for place, recipient in enumerate(recipients):
        if fault := recipient_fault(channel, recipient):
            yield Conflict(f"recipients.{place}", fault)


Recipients = Annotated[
    list[Annotated[str, AfterValidator(_fits_channel)]],
    BeforeValidator(checked_recipients),
    AfterValidator(_unique),
    Field(json_schema_extra={"minItems": 1, "maxItems": RECIPIENTS_MAX}),
]
