"""POST /api/v1/events - an event of Infinity Metrics, for the website of the key."""

from pixel.faces.infinity import INFINITY, INGEST, SiteScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.infinity.requests import ingest_site_event


@route(scope=SiteScope.WRITE, face=INFINITY, limit=INGEST)
def handler(request: Request) -> Response:
    return ingest_site_event(request)
