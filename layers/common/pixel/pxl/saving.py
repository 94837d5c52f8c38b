"""The routes of the face Pxl that create, change and delete short links."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pixel.auth.caller import Caller
from pixel.aws import tables
from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors
from pixel.foundation.settings import settings
from pixel.http.request_bodies import idempotency_key
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.store import LinkStore
from pixel.pxl.addresses import LinkAddress
from pixel.pxl.bodies import adapted, link_changes, new_link, read_fields
from pixel.pxl.shorts import find, given_id, rendered, short_of
from pixel.workspaces.create_claims import AlreadyCreatedError, CreateClaim
from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, NotFoundError
from pixel.workspaces.models import InvalidFieldsError
from pixel.workspaces.store import function_store

_CLAIMS: Final = "short"
_DESTINATION: Final = "destination_url"  # which a body calls `destination`


def create_short(request: Request) -> Response:
    """Create a short link; with an Idempotency-Key, the same request creates it once in 24 hours."""
    caller, key, fields = request.caller, idempotency_key(request), read_fields(request)
    store = _store(caller)
    claim = (
        None
        if key is None
        else CreateClaim.of(
            function_store(caller), caller.workspace_id, _CLAIMS, key, body=fields, secret_fields=frozenset()
        )
    )
    try:
        if claim is not None:
            claim.require_new()
        with _api_errors():
            link = store.create(
                caller.workspace_id, new_link(fields), also=lambda new: [] if claim is None else [claim.action(new)]
            )
    except AlreadyCreatedError as earlier:
        with _api_errors():
            link = store.find(caller.workspace_id, earlier.record_id)
        return Response({"data": short_of(caller, link)}, status=201, headers={"Idempotent-Replayed": "true"})
    return Response({"data": rendered(link, LinkAddress.of_function(), clicks=0)}, status=201)


def update_short(request: Request) -> Response:
    """Change the given fields of a short link."""
    caller, store = request.caller, _store(request.caller)
    fields = read_fields(request)
    link = find(store.reader, caller, given_id(request))
    changes = link_changes(fields, LinkAddress.of_function(), link["code"])
    with _api_errors():
        changed = store.update(caller.workspace_id, link["id"], changes, adapted=adapted)
    return Response({"data": short_of(caller, changed)})


def delete_short(request: Request) -> Response:
    """Delete a short link. Its clicks stay, and its route stays taken for other workspaces for 90 days."""
    caller, store = request.caller, _store(request.caller)
    link = find(store.reader, caller, given_id(request))
    with _api_errors():
        store.delete(caller.workspace_id, link["id"])
    return Response({"data": {"id": LinkAddress.of_function().id_of(link["code"]), "deleted": True}})


def _store(caller: Caller) -> LinkStore:
    return LinkStore(
        database=tables.database(),
        links_table=settings().links_table,
        workspace_table=settings().workspace_table,
        own_hosts=(LinkAddress.of_function().domain,),
        actor=caller.key_id,
    )


@contextmanager
def _api_errors() -> Iterator[None]:
    """Turn failures of links into errors of the API, in which fields have the names of the face."""
    try:
        yield
    except InvalidFieldsError as failure:
        faults = FieldErrors()
        for fault in failure.faults:
            path = "destination" if fault.path == _DESTINATION else fault.path
            faults.add(path, fault.code, fault.message.replace(f"`{_DESTINATION}`", "`destination`"))
        raise InvalidFieldsError(faults) from None
    except AlreadyExistsError:
        raise ApiError(ErrorCode.ROUTE_TAKEN) from None
    except NotFoundError:
        raise ApiError(ErrorCode.SHORT_NOT_FOUND) from None
    except ConcurrentChangeError:
        raise ApiError(ErrorCode.CONCURRENT_CHANGE) from None
