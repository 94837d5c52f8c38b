"""The rights of a request's token, static or JWT."""

import hashlib
import hmac
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.tinybird import tokens
from local.tinybird.datafiles import Datafile, Project
from local.tinybird.errors import ApiError

_ABOUT_TOKENS = "/api-reference/token-api"
_ABOUT_JWTS = "/forward/administration/tokens/jwt"
_JWT_SCOPES = ("PIPES:READ", "DATASOURCES:READ")
_PERMISSIONS = {"READ": "DATASOURCES:READ", "APPEND": "DATASOURCES:APPEND"}


@dataclass(frozen=True)
class Access:
    """Scopes as {type: {resource: fixed parameters}}."""

    name: str
    is_admin: bool = False
    is_jwt: bool = False
    scopes: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    requests_per_second: float | None = None

    def require_admin(self) -> None:
        if not self.is_admin:
            raise _refused("this API needs the admin token", is_jwt=self.is_jwt)

    def require(self, scope: str, resource: str) -> Mapping[str, Any]:
        """Return the parameters that the token fixes for the resource; raise ApiError 403 without the right."""
        if self.is_admin:
            return {}
        granted = self.scopes.get(scope, {})
        if resource not in granted:
            raise _refused(f"the token has no {scope} scope for '{resource}'", is_jwt=self.is_jwt)
        return granted[resource]


class TokenChecker:
    def __init__(self, workspace_id: str, admin_token: str, project: Project) -> None:
        self._workspace_id = workspace_id
        self._admin_token = admin_token
        self._static = {admin_token: Access("admin", is_admin=True)}
        self.declared = _declared_scopes(project)
        self.static_tokens = {name: tokens.static_token(admin_token, name) for name in self.declared}
        for name, scopes in self.declared.items():
            self._static[self.static_tokens[name]] = Access(name, scopes=scopes)

    def access(self, authorization: str, argument: str | None) -> Access:
        scheme, _, bearer = authorization.partition(" ")
        token = bearer.strip() if scheme.lower() == "bearer" else argument or ""
        if not token:
            raise ApiError(403, "Missing authentication token", documentation=_ABOUT_TOKENS)
        if token in self._static:
            return self._static[token]
        if token.startswith("p."):
            raise self._unknown_static_token(token)
        return self._read_jwt(token)

    def _unknown_static_token(self, token: str) -> ApiError:
        try:
            workspace_id = tokens.read_payload(token)["u"]
        except ValueError:
            return ApiError(403, "Invalid token", documentation=_ABOUT_TOKENS)
        if workspace_id != self._workspace_id:
            return ApiError(404, "Workspace not found. Make sure the token and the host are of the same region")
        return ApiError(403, "Invalid token", documentation=_ABOUT_TOKENS)

    def _read_jwt(self, token: str) -> Access:
        """Verify the token by HS256 with the admin token and, as Tinybird does, ignore `alg`."""
        signed, _, signature = token.rpartition(".")
        expected = tokens.encode(hmac.digest(self._admin_token.encode(), signed.encode(), hashlib.sha256))
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise _refused("invalid signature", is_jwt=True)
        try:
            payload = tokens.decode_json(signed.partition(".")[2])
        except ValueError as failure:
            raise _refused("not a JSON Web Token", is_jwt=True) from failure
        return _read_claims(payload, self._workspace_id)


def _read_claims(payload: Any, workspace_id: str) -> Access:
    if not isinstance(payload, dict):
        raise _refused("not a JSON Web Token", is_jwt=True)
    expires = payload.get("exp")
    if not isinstance(expires, int) or isinstance(expires, bool):
        raise _refused("'exp' is missing or no integer", is_jwt=True)
    if expires <= time.time():
        raise _refused("the token has expired", is_jwt=True)
    if payload.get("workspace_id") != workspace_id:
        raise _refused("'workspace_id' is not this workspace", is_jwt=True)
    name = payload.get("name")
    if not isinstance(name, str) or not name:
        raise _refused("'name' is missing", is_jwt=True)
    return Access(name, is_jwt=True, scopes=_read_scopes(payload.get("scopes")), requests_per_second=_read_rps(payload))


def _read_scopes(claimed: Any) -> dict[str, dict[str, Mapping[str, Any]]]:
    if not isinstance(claimed, list) or not claimed:
        raise _refused("'scopes' is missing", is_jwt=True)
    scopes: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for scope in claimed:
        if not isinstance(scope, dict) or not isinstance(scope.get("resource"), str):
            raise _refused("a scope is a type and a resource", is_jwt=True)
        if scope.get("type") not in _JWT_SCOPES:
            raise _refused("a scope can only be PIPES:READ or DATASOURCES:READ", is_jwt=True)
        fixed = scope.get("fixed_params") or {}
        if not isinstance(fixed, dict):
            raise _refused("'fixed_params' is no object", is_jwt=True)
        scopes[str(scope.get("type"))].setdefault(scope["resource"], fixed)
    return scopes


def _read_rps(payload: dict[str, Any]) -> float | None:
    limits = payload.get("limits") or {}
    rps = limits.get("rps") if isinstance(limits, dict) else None
    if rps is None or isinstance(rps, bool) or not isinstance(rps, int | float):
        return None
    return rps if rps > 0 else None


def _declared_scopes(project: Project) -> dict[str, dict[str, dict[str, Mapping[str, Any]]]]:
    declared: dict[str, dict[str, dict[str, Mapping[str, Any]]]] = {}

    def grant(datafile: Datafile, name: str, scope: str) -> None:
        declared.setdefault(name, {}).setdefault(scope, {})[datafile.name] = {}

    for datasource in project.datasources.values():
        for token in datasource.tokens:
            grant(datasource, token.name, _PERMISSIONS[token.permission])
    for pipe in project.pipes.values():
        for token in pipe.tokens:
            grant(pipe, token.name, "PIPES:READ")
    return declared


def _refused(reason: str, *, is_jwt: bool) -> ApiError:
    about = _ABOUT_JWTS if is_jwt else _ABOUT_TOKENS
    return ApiError(403, f"Invalid token: {reason}", documentation=about)
