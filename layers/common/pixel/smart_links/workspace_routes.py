"""The routes of the calling key's own workspace: what it says of itself, its limits and how much of them is used."""

from typing import Any

from pixel.auth import rate_limit
from pixel.faces.smart_links import LINKS
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.companies import Company, read_settings, set_timezone
from pixel.links.labels import KINDS, LABELS_MAX
from pixel.smart_links.bodies import ObjectWithin, read_model, read_object, read_within
from pixel.smart_links.failures import api_errors
from pixel.smart_links.link_routes import link_store
from pixel.smart_links.names import camel_case, with_names_as_written
from pixel.workspaces.models import UNCHANGED, Name, RecordModel
from pixel.workspaces.store import function_store
from pixel.workspaces.websites import TimeZone
from pixel.workspaces.workspace import WorkspaceName, find_workspace, rename_workspace

NOUN = "workspace"


class WorkspaceChanges(RecordModel):
    """Changes to a workspace."""

    name: Name = UNCHANGED
    company: ObjectWithin = UNCHANGED
    timezone: TimeZone = UNCHANGED


def get_workspace(request: Request) -> Response:
    return Response(_shown(request))


def update_workspace(request: Request) -> Response:
    changes = read_model(WorkspaceChanges, read_object(request))
    given, workspace_id = changes.changed(), request.caller.workspace_id
    company = read_within("company", Company, changes.company) if "company" in given else None
    store = link_store(request.caller)
    with api_errors(NOUN):
        if company is not None:
            store.set_company(workspace_id, company)
        if "timezone" in given:
            set_timezone(store.database, store.links_table, workspace_id, changes.timezone)
        if "name" in given:
            rename_workspace(function_store(request.caller), workspace_id, WorkspaceName(name=changes.name))
    return Response(_shown(request))


def _shown(request: Request) -> dict[str, Any]:
    caller = request.caller
    store, limit = link_store(caller), caller.limit(LINKS)
    with api_errors(NOUN):
        workspace = find_workspace(function_store(caller), caller.workspace_id)
    own = read_settings(store.database, store.links_table, caller.workspace_id)
    return {
        "id": workspace.workspace_id,
        "name": workspace.name,
        "company": with_names_as_written(own["company"]) if "company" in own else None,
        "timezone": own.get("timezone", "UTC"),
        "limits": {
            "requests": limit.requests,
            "windowSeconds": limit.window_seconds,
            **{camel_case(kind.path.replace("-", "_")): LABELS_MAX for kind in KINDS},
        },
        "usage": {
            "links": len(store.list_live(caller.workspace_id, attributes=("id",))),
            "requestsThisHour": rate_limit.used(limit),
        },
    }
