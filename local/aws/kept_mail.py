"""Keep the tags of mails that moto takes, which it forgets.

moto has no event destinations, so local/mail.py asks for the mails and tells what became of them.
"""

import json
from threading import Lock
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sesv2 import responses

from local.template import REGION
from pixel.foundation.clock import now, to_iso

_RESPONSES: Any = responses  # `Any`, because a method is replaced
_MOTO_SENDS = _RESPONSES.SESV2Response.send_email
_ONE_AT_A_TIME = Lock()  # else a mail's tags could be another's, and a mail could appear before one that was handed out


def install() -> None:
    _RESPONSES.SESV2Response.send_email = _send_email


def _send_email(response: Any) -> str:
    asked = json.loads(response.body)
    with _ONE_AT_A_TIME:
        answer: str = _MOTO_SENDS(response)
        message = response.sesv2_backend.core_backend.sent_messages[-1]
        message.sent_at = to_iso(now())
        message.tags = {tag["Name"]: [tag["Value"]] for tag in asked.get("EmailTags", [])}  # last: it is handed out now
    return answer


def mails() -> list[dict[str, Any]]:
    """Return the raw mails that were sent, in their order."""
    sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return [
        {
            "id": message.id,
            "source": message.source,
            "destinations": message.destinations,
            "mime": message.raw_data,
            "tags": message.tags,
            "sent_at": message.sent_at,
        }
        for message in sent
        if hasattr(message, "raw_data") and hasattr(message, "tags")
    ]
