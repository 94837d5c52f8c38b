"""A report that is sent as a test, to see what its recipients would get."""

from typing import Annotated

from pydantic import BeforeValidator

from pixel.automation.reporting import messages_of_test
from pixel.automation.tick import due_body
from pixel.aws import queues, tables
from pixel.aws.queues import NotSentError
from pixel.foundation.clock import now
from pixel.foundation.errors import FieldErrors
from pixel.foundation.observability import describe, logger
from pixel.foundation.settings import settings
from pixel.http.request_bodies import JSON, read_json, unreadable
from pixel.http.response import Response
from pixel.http.revisions import refuse_if_match
from pixel.http.route import Request
from pixel.workspaces.models import UNCHANGED, InvalidFieldsError, RecordModel, checked
from pixel.workspaces.recipients import checked_recipients
from pixel.workspaces.record_failures import api_errors
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE

_BODY_BYTES_MAX = 8_192


Chosen = Annotated[list[str], BeforeValidator(checked_recipients)]


class ReportTest(RecordModel):
    """A test of a report, to all of its recipients unless some are chosen."""

    recipients: Chosen = UNCHANGED


def tested(request: Request) -> Response:
    """Write messages about the last period to recipients of a report, and hand them on at once."""
    refuse_if_match(request)
    store, workspace_id = function_store(request.caller), request.caller.workspace_id
    body = read_json(request, media_types=(JSON,), bytes_max=_BODY_BYTES_MAX) if request.body else {}
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    chosen = checked(ReportTest, body).recipients
    with api_errors(REPORT, missing=REPORT):
        report = store.find(REPORT, workspace_id, request.path["id"])
        website = store.find(WEBSITE, workspace_id, report["website_id"])
    _require_own(report["recipients"], chosen or [])
    messages = messages_of_test(report, website, chosen or report["recipients"], request.id)
    for message in messages:
        store.database.transact(tables.insertion(store.workspace_table, message, "workspace_id"))
    try:
        queues.send(settings().message_queue_url, [due_body(message, now()) for message in messages])
    except NotSentError as failure:
        logger.warning("messages wait until they are found", extra=describe(failure))
    return Response({"message_ids": [message["id"] for message in messages]}, status=202)


def _require_own(recipients: list[str], chosen: list[str]) -> None:
    """Require the recipients of a test to be the report's own, so that nobody else is written to."""
    faults = FieldErrors()
    for place, recipient in enumerate(chosen):
        if recipient not in recipients:
            faults.add(f"recipients.{place}", "invalid", "`recipients` must be recipients of this report.")
    if faults.found:
        raise InvalidFieldsError(faults)
