"""Say which queues have messages and how many mails were sent, and hand out the mails, at paths of the AWS server."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from local.aws import kept_mail
from local.aws.arrivals import MAIL_PATH, PATH
from local.template import REGION

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def serving(application: Application) -> Application:
    """Wrap the AWS server's application so that it answers at these paths."""

    def serve(environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        content: Any
        if environment["PATH_INFO"] == PATH:
            content = {"queues": _queues_with_messages(), "mails": len(kept_mail.mails())}
        elif environment["PATH_INFO"] == MAIL_PATH:
            after = int(parse_qs(environment.get("QUERY_STRING", "")).get("after", ["0"])[0])
            content = kept_mail.mails()[after:]
        else:
            return application(environment, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(content).encode()]

    return serve


def _queues_with_messages() -> list[str]:
    queues = list(sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values())
    return [
        queue.name
        for queue in queues
        if any(message.visible and not message.delayed for message in list(queue._messages))  # noqa: SLF001 - `messages` would make a list of all
    ]
