"""GET /api/v1/pixel/events/{id} - where an event is: stored, accepted, queued, dead-lettered or in progress."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.reports.event_fate import answer_fate


@route(scope=Scope.READ, reads_query=True)
def handler(request: Request) -> Response:
    return answer_fate(request)
