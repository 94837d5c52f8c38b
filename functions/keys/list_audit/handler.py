"""GET /api/v1/audit - who changed what in the workspace, newest first."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.audit_route import audit_page


@route(scope=Scope.KEYS, reads_query=True)
def handler(request: Request) -> Response:
    return audit_page(request)
