"""POST /api/rules/simulate - where a link would lead a visit that is made up, and why."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import rule_routes


@route(scope=LinksScope.RULES_READ, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return rule_routes.simulate_rules(request)
