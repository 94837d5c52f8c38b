"""What the document says of sending a report as a test."""

from pixel.automation import report_test
from pixel.automation.report_test import ReportTest
from pixel.foundation.errors import ErrorCode
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, record, ref, schema, text


def schemas() -> dict[str, Schema]:
    """Return the schemas of the body and of the answer by name."""
    chosen = array(text(), "Those of the report's recipients that get it; all of them unless given.", minItems=1)
    bodies = schemas_of(adapters_of(ReportTest), {report_test.Chosen: chosen})
    bodies["ReportTest"]["example"] = {"recipients": ["ann@example.com"]}
    return {
        **bodies,
        "QueuedMessages": record({"message_ids": array(text(pattern="^msg_"), "One for each recipient.")}),
    }


def operations() -> dict[str, Operation]:
    """Return the operation by its function."""
    return {
        "send_report": Operation(
            tag="Workspace",
            description="About the last period that has ended, at once. It changes nothing else: neither when the "
            "report is due nor `last_sent_at`. Recipients that have not confirmed get nothing.",
            answer={"application/json": {"schema": record({"data": schema("QueuedMessages"), "meta": schema("Meta")})}},
            status=202,
            parameters=(ref("parameters", "report_in_path"),),
            body={"required": False, "content": {"application/json": {"schema": schema("ReportTest")}}},
            codes=(
                *(ErrorCode.INVALID_BODY, ErrorCode.RECORD_NOT_FOUND),
                *(ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.UNSUPPORTED_MEDIA_TYPE),
            ),
        )
    }
