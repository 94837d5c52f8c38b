"""Keep the tags of mails that moto takes, which it forgets, and hand the mails out at `/_mail`.

moto has no event destinations, so local/mail.py asks for the mails and tells what became of them.
"""

import json
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sesv2 import responses

from local.template import REGION
from pixel.foundation.clock import now, to_iso

PATH = "/_mail"
"""The path of the mails; no bucket can have such a name."""
StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_RESPONSES: Any = responses  # `Any`, because a method is replaced
_MOTO_SENDS = _RESPONSES.SESV2Response.send_email
_ONE_AT_A_TIME = Lock()  # else a mail's tags could be another's, and a mail could appear before one that was handed out


def install() -> None:
    _RESPONSES.SESV2Response.send_email = _send_email


def serving(application: Application) -> Application:
    """Wrap the AWS server's application so that it hands out the raw mails after a number of them."""

    def serve(environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environment["PATH_INFO"] != PATH:
            return application(environment, start_response)
        after = int(parse_qs(environment.get("QUERY_STRING", "")).get("after", ["0"])[0])
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(_mails(after)).encode()]

    return serve


def _send_email(response: Any) -> str:
    asked = json.loads(response.body)
    with _ONE_AT_A_TIME:
        answer: str = _MOTO_SENDS(response)
        message = response.sesv2_backend.core_backend.sent_messages[-1]
        message.sent_at = to_iso(now())
        message.tags = {tag["Name"]: [tag["Value"]] for tag in asked.get("EmailTags", [])}  # last: it is handed out now
    return answer


def _mails(after: int) -> list[dict[str, Any]]:
    sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    whole = [message for message in sent if hasattr(message, "raw_data") and hasattr(message, "tags")]
    return [
        {
            "id": message.id,
            "source": message.source,
            "destinations": message.destinations,
            "mime": message.raw_data,
            "tags": message.tags,
            "sent_at": message.sent_at,
        }
        for message in whole[after:]
    ]
