"""A client that has an answer is not sent it again."""

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from functions.dashboard.get_share_data.handler import handler
from tests.routes.dashboard.dashboards import ask, asking, session_of, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


@pytest.mark.usefixtures("warehouse")
def test_an_answer_is_kept_by_its_reader_alone_who_asks_whether_it_still_holds(
    tables: "DynamoDBServiceResource",
) -> None:
    session = session_of(share(tables, f"ws_{uuid4().hex}"))
    first = ask(session, panels="summary")
    head = ask(session)
    asked = asking(session, {"panels": "summary"})
    asked["multiValueHeaders"]["If-None-Match"] = [first.headers["ETag"]]

    again = handler(asked, None)

    assert {reply.headers["Cache-Control"] for reply in (first, head)} == {"private, no-cache"}
    assert first.headers["Vary"] == "Authorization"
    assert (again["statusCode"], again["body"]) == (304, "")
    assert again["headers"]["ETag"] == first.headers["ETag"]
