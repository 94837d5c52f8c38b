"""GET /api/v1/health - version and checks of what the API stands on."""

from pixel import __version__
from pixel.health.checks import run_checks
from pixel.http.public_route import public_route
from pixel.http.response import Answer


@public_route
def handler() -> Answer:
    checks = run_checks()
    healthy = all(result == "ok" for result in checks.values())
    body = {"status": "ok" if healthy else "failed", "version": __version__, "checks": checks}
    return Answer(body, status=200 if healthy else 503)
