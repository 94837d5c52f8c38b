"""GET /api/v1/health - the version, and checks of the services that the API depends on."""

from pixel import __version__
from pixel.health.checks import run_checks
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route()
def handler(_request: PublicRequest) -> Response:
    checks = run_checks()
    healthy = all(result == "ok" for result in checks.values())
    body = {"status": "ok" if healthy else "failed", "version": __version__, "checks": checks}
    return Response(body, status=200 if healthy else 503)
