"""POST /api/v1/pixel/reports/{id}/send - sends a report as a test, to some or all of its recipients."""

from pixel.auth.caller import Scope
from pixel.automation.report_test import tested
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=Scope.MANAGE)
def handler(request: Request) -> Response:
    return tested(request)
