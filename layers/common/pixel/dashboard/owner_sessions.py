"""POST /api/v1/pixel/dashboard-sessions: the address of a dashboard, which a server gives to its own users."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from pixel.aws import tables
from pixel.aws.tables import Database, Query
from pixel.dashboard.embedding import ORIGINS, signed_origins
from pixel.dashboard.sessions import OWNER_SECONDS_MAX, OWNER_SECONDS_MIN, Session, owner_session, written
from pixel.foundation.clock import iso_of_epoch
from pixel.foundation.errors import ErrorCode, field_error
from pixel.foundation.settings import settings
from pixel.http.field_checks import invalid, wrong_type
from pixel.http.request_bodies import read_json, unreadable
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.codes import listed_links
from pixel.workspaces.dashboard_fields import EmbedOrigins, OwnerPanels, Steps
from pixel.workspaces.models import UNCHANGED, RecordModel, WebsiteId, checked
from pixel.workspaces.vocabulary import OWNER_PANELS
from pixel.workspaces.website_lookup import require_website

SECONDS: Final = 3600
_BODY_BYTES_MAX = 16_384
_LINKS: Final = "links"
_NOT_OF_WEBSITES: Final = (
    "`panels` must not have links, because the key is bound to websites; use one of the whole workspace."
)


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not OWNER_SECONDS_MIN <= value <= OWNER_SECONDS_MAX:
        raise invalid(f"must be from {OWNER_SECONDS_MIN} to {OWNER_SECONDS_MAX:,} seconds.")
    return value


TtlSeconds = Annotated[int, BeforeValidator(_seconds), Field(ge=OWNER_SECONDS_MIN, le=OWNER_SECONDS_MAX)]


class NewDashboardSession(RecordModel):
    """A session for the dashboard of a website.

    It shows all panels unless `panels` says which: funnel only with `steps`, and links only if there are some.
    """

    website_id: WebsiteId
    steps: Steps = UNCHANGED
    panels: OwnerPanels = UNCHANGED
    ttl_seconds: TtlSeconds = UNCHANGED
    embed_origins: EmbedOrigins = UNCHANGED

    def session(self, workspace_id: str, *, has_links: bool) -> Session:
        """Return the session that is asked for."""
        given = self.given()
        steps: Sequence[str] = self.steps or ()
        is_there = {"funnel": bool(steps), _LINKS: has_links}
        panels = self.panels or [panel for panel in OWNER_PANELS if is_there.get(panel, True)]
        seconds = self.ttl_seconds if "ttl_seconds" in given else SECONDS
        return owner_session(workspace_id, self.website_id, panels, seconds=seconds, steps=steps)


def session_response(request: Request) -> Response:
    """Return the address of a new session."""
    body = read_json(request, bytes_max=_BODY_BYTES_MAX)
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    new = checked(NewDashboardSession, body)
    require_website(request.caller, new.website_id)
    workspace_id, is_bound = request.caller.workspace_id, request.caller.website_ids is not None
    if is_bound and _LINKS in (new.panels or ()):
        raise field_error(ErrorCode.INVALID_BODY, "panels", "refused", _NOT_OF_WEBSITES)
    has_some = not is_bound and has_links(tables.database(), settings().links_table, workspace_id)
    session = new.session(workspace_id, has_links=has_some)
    url = dashboard_url(request.base_url, session, new.embed_origins or ())
    return Response({"url": url, "expires_at": iso_of_epoch(session.expires_at)}, status=201)


def has_links(database: Database, links_table: str, workspace_id: str) -> bool:
    """Return whether a workspace has short links. Nothing is asked if they are disabled, and there is no table."""
    partition, prefix = listed_links(workspace_id)
    return bool(links_table and database.query(links_table, Query(partition, sort_prefix=prefix), items_max=1))


def dashboard_url(
    base_url: str, session: Session, embed_origins: Sequence[str] = (), *, secret: str | None = None
) -> str:
    """Return the address of a session's dashboard. What stands behind the # is sent to no server."""
    query = f"?{ORIGINS}={signed_origins(embed_origins, secret=secret)}" if embed_origins else ""
    return f"{base_url}/dashboard{query}#s={written(session, secret=secret)}"
