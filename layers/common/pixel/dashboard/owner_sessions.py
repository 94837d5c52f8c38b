"""POST /api/v1/pixel/dashboard-sessions: the address of a dashboard, which a server gives to its own users."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from pixel.dashboard.embedding import ORIGINS, signed_origins
from pixel.dashboard.sessions import OWNER_SECONDS_MAX, OWNER_SECONDS_MIN, Session, owner_session, written
from pixel.foundation.clock import iso_of_epoch
from pixel.http.field_checks import invalid, wrong_type
from pixel.http.request_bodies import read_json, unreadable
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.workspaces.dashboard_fields import EmbedOrigins, PanelsWithSteps, Steps
from pixel.workspaces.kinds import PANELS
from pixel.workspaces.models import UNCHANGED, RecordModel, WebsiteId, checked
from pixel.workspaces.store import require_website

SECONDS: Final = 3600
_BODY_BYTES_MAX = 16_384


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not OWNER_SECONDS_MIN <= value <= OWNER_SECONDS_MAX:
        raise invalid(f"must be from {OWNER_SECONDS_MIN} to {OWNER_SECONDS_MAX:,} seconds.")
    return value


TtlSeconds = Annotated[int, BeforeValidator(_seconds), Field(ge=OWNER_SECONDS_MIN, le=OWNER_SECONDS_MAX)]


class NewDashboardSession(RecordModel):
    """A session for the dashboard of a website; all panels unless `panels` says which, funnel only with `steps`."""

    website_id: WebsiteId
    steps: Steps = UNCHANGED
    panels: PanelsWithSteps = UNCHANGED
    ttl_seconds: TtlSeconds = UNCHANGED
    embed_origins: EmbedOrigins = UNCHANGED

    def session(self, workspace_id: str) -> Session:
        """Return the session that is asked for."""
        given = self.given()
        steps: Sequence[str] = self.steps or ()
        panels = self.panels or [panel for panel in PANELS if panel != "funnel" or steps]
        seconds = self.ttl_seconds if "ttl_seconds" in given else SECONDS
        return owner_session(workspace_id, self.website_id, panels, seconds=seconds, steps=steps)


def session_response(request: Request) -> Response:
    """Return the address of a new session."""
    body = read_json(request, bytes_max=_BODY_BYTES_MAX)
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    new = checked(NewDashboardSession, body)
    require_website(request.caller, new.website_id)
    session = new.session(request.caller.workspace_id)
    url = dashboard_url(request.base_url, session, new.embed_origins or ())
    return Response({"url": url, "expires_at": iso_of_epoch(session.expires_at)}, status=201)


def dashboard_url(
    base_url: str, session: Session, embed_origins: Sequence[str] = (), *, secret: str | None = None
) -> str:
    """Return the address of a session's dashboard. What stands behind the # is sent to no server."""
    query = f"?{ORIGINS}={signed_origins(embed_origins, secret=secret)}" if embed_origins else ""
    return f"{base_url}/dashboard{query}#s={written(session, secret=secret)}"
