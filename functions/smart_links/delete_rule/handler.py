"""DELETE /api/rules/{ruleId} - deletes a rule."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import rule_routes


@route(scope=LinksScope.RULES_WRITE, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return rule_routes.delete_rule(request)
