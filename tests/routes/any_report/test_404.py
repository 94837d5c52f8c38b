"""A website of somebody else, a deleted one and one that never was get the same answer, byte for byte."""

from typing import TYPE_CHECKING

import pytest

from functions.reports.mint_metrics_token.handler import handler as mint
from functions.reports.mint_visitor_token.handler import handler as mint_visitor
from functions.reports.query_pipe.handler import handler as query
from pixel.auth.caller import Caller
from pixel.http.run_route import LambdaHandler
from tests.environment import ERRORS_PAGE_URL
from tests.routes.asked_reports import add_website, asking
from tests.routes.gateway import REQUEST_ID

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("frozen", "output")

_ROUTES = [
    ("mint_metrics_token", mint, {"pipe": "p_geo"}),
    ("mint_visitor_token", mint_visitor, {"id": "visitor"}),
    ("query_pipe", query, {"pipe": "p_geo"}),
]


@pytest.mark.parametrize(("function", "handler", "path"), _ROUTES, ids=[function for function, *_ in _ROUTES])
def test_only_a_live_website_of_the_caller_s_own_is_one(
    function: str, handler: LambdaHandler, path: dict[str, str], caller: Caller, tables: "DynamoDBServiceResource"
) -> None:
    add_website(tables, "ws_2", "admx_foreign")
    add_website(tables, "ws_1", "admx_deleted", deleted=True)

    answers = []
    for website_id in ("admx_foreign", "admx_deleted", "admx_none"):
        asked = asking(function, caller._replace(workspace_id="ws_1"), path, {"website_id": website_id})
        asked["requestContext"]["requestId"] = REQUEST_ID.removeprefix("req_")
        answer = handler(asked, None)
        answer["headers"].pop("X-RateLimit-Remaining")
        answers.append(answer)

    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["statusCode"] == 404
    assert answers[0]["body"] == (
        '{"error":{"code":"website_not_found","message":"Unknown website; '
        'GET /api/v1/pixel/websites lists the websites of this workspace.",'
        f'"docs_url":"{ERRORS_PAGE_URL}#website_not_found"}},"meta":{{"request_id":"{REQUEST_ID}"}}}}'
    )
