"""Create the two demo workspaces by the usual rules; the second one is for trying isolation by hand."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from local.demo import records
from pixel.auth.caller import Scope
from pixel.faces.directory import FACES
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.provisioning import NewWorkspace, create_workspace, issue_key
from pixel.workspaces.store import Store

_SCOPES: dict[str, tuple[str, ...]] = {
    "read": (Scope.READ,),
    "write": (Scope.WRITE,),
    "all": (Scope.READ, Scope.WRITE, Scope.MANAGE),
    "keys": (Scope.READ, Scope.WRITE, Scope.KEYS),
    "none": (),
}


class DemoWorkspace(NamedTuple):
    workspace_id: str
    website_id: str
    keys: dict[str, str]


class Place(NamedTuple):
    """Where the stack serves, and how long ago its alerts and reports believe that they were created."""

    url: str
    began_before: timedelta


def create(store: Store, plans: UsagePlans, name: str, known: Mapping[str, Any], place: Place) -> DemoWorkspace:
    """Create a workspace with keys and records.

    `known` holds the keys of an earlier start, so that a key that was pasted into a script keeps working.
    """
    workspace_id = f"ws_{name}"
    create_workspace(store, plans, NewWorkspace(name=f"Demo {name}"), workspace_id=workspace_id)
    website_id = records.create(store, workspace_id, name, place.url, place.began_before)
    known_keys = known.get("keys", {})
    keys = {}
    of_one_website = {face.name for face in FACES if face.is_of_one_website}
    for label, scopes in (_SCOPES | {face.name: face.scopes for face in FACES}).items():
        bound = (website_id,) if label in of_one_website else None
        new = NewKey(name=f"demo {label}", scopes=scopes, website_ids=bound, test=True, key=known_keys.get(label))
        keys[label], _ = issue_key(store, lambda: plans, workspace_id, new)
    return DemoWorkspace(workspace_id, website_id, keys)
