"""Two demo workspaces, made by the operator's own commands: the second one to try isolation by hand."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from local.demo import records
from pixel.auth.caller import Scope
from pixelctl.api_keys import create_key
from pixelctl.target import Target
from pixelctl.workspaces import create_workspace

_SCOPES = {
    "read": (Scope.READ,),
    "write": (Scope.WRITE,),
    "all": (Scope.READ, Scope.WRITE),
    "none": (),
}


class DemoWorkspace(NamedTuple):
    workspace_id: str
    website_id: str
    keys: dict[str, str]


def create(target: Target, name: str, known: Mapping[str, Any]) -> DemoWorkspace:
    """`known` is what an earlier start wrote down: a key that somebody pasted into a script keeps working."""
    workspace_id = f"ws_{name}"
    create_workspace(target, f"Demo {name}", workspace_id=workspace_id)
    known_keys = known.get("keys", {})
    keys = {}
    for label, scopes in _SCOPES.items():
        keys[label], _ = create_key(
            target, workspace_id, name=f"demo {label}", scopes=scopes, test=True, key=known_keys.get(label)
        )
    return DemoWorkspace(workspace_id, records.create(target, workspace_id, name), keys)
