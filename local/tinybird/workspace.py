"""The workspace that requests use: project, storage, tokens and limits."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from local.secret_files import write_secret
from local.tinybird import tokens, validation
from local.tinybird.access import Access, TokenChecker
from local.tinybird.appending import Appender
from local.tinybird.datafiles import Project
from local.tinybird.errors import StartError
from local.tinybird.exchange import Request
from local.tinybird.faults import Faults
from local.tinybird.rate_limits import RateLimiter
from local.tinybird.storage import Storage


class Credentials(NamedTuple):
    workspace_id: str
    admin_token: str


class Limits(NamedTuple):
    """The limits of Tinybird's free plan."""

    events_per_second: float = 100
    body_bytes_max: int = 10_000_000
    query_seconds_max: float = 10


@dataclass(frozen=True)
class Workspace:
    credentials: Credentials
    project: Project
    storage: Storage
    token_checker: TokenChecker
    appender: Appender
    limits: Limits
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    faults: Faults = field(default_factory=Faults)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def access_of(self, request: Request) -> Access:
        return self.token_checker.access(request.headers.get("Authorization", ""), request.arguments.get("token"))


def open_workspace(project: Project, storage: Storage, credentials: Credentials, limits: Limits) -> Workspace:
    appender = Appender(project, storage)
    validation.open_project(project, storage)
    token_checker = TokenChecker(credentials.workspace_id, credentials.admin_token, project)
    return Workspace(credentials, project, storage, token_checker, appender, limits)


def read_credentials(config: Path | None, data: Path | None) -> Credentials:
    """Read credentials from the config file, the environment or the data folder, or create new ones there."""
    kept = data / "workspace.json" if data else None
    if config is not None:
        return _check(_read(config), config)
    if "PIXEL_TINYBIRD_ADMIN_TOKEN" in os.environ:
        names = {"workspace_id": "PIXEL_TINYBIRD_WORKSPACE_ID", "admin_token": "PIXEL_TINYBIRD_ADMIN_TOKEN"}
        return _check({key: os.environ.get(name, "") for key, name in names.items()}, "the environment")
    if kept is not None and kept.exists():
        return _check(_read(kept), kept)
    workspace_id = str(uuid4())
    credentials = Credentials(workspace_id, tokens.new_admin_token(workspace_id))
    if kept is not None:
        write_secret(kept, credentials._asdict())
    return credentials


def write_tokens(file: Path, workspace: Workspace) -> None:
    """Write the tokens that the stack needs: the admin token, and the declared ones with their rights."""
    token_checker = workspace.token_checker
    declared = {
        name: {
            "token": token_checker.static_tokens[name],
            "scopes": [
                {"type": scope, "resource": resource} for scope, resources in scopes.items() for resource in resources
            ],
        }
        for name, scopes in token_checker.declared.items()
    }
    write_secret(file, {**workspace.credentials._asdict(), "tokens": declared})


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError) as failure:
        raise StartError(f"cannot read {file}: {failure}") from failure
    return content if isinstance(content, dict) else {}


def _check(found: dict[str, Any], source: Path | str) -> Credentials:
    try:
        owner = tokens.read_payload(str(found.get("admin_token", "")))["u"]
    except ValueError as failure:
        raise StartError(
            f"admin_token of {source} is not a Tinybird token, which looks like p.<payload>.<signature>"
        ) from failure
    if owner != found.get("workspace_id"):
        raise StartError(f"admin_token of {source} belongs to workspace {owner}, not to {found.get('workspace_id')!r}")
    return Credentials(str(owner), str(found["admin_token"]))
