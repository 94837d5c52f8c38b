"""POST /api/v1/pixel/alerts/preview - what an alert would have done in the last windows."""

from pixel.auth.caller import Scope
from pixel.automation.preview import answer_preview
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=Scope.MANAGE)
def handler(request: Request) -> Response:
    return answer_preview(request)
