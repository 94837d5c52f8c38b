"""Up to a hundred links at once: each is created, changed or deleted by itself, and has a result of its own."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from pixel.aws.attributes import Item
from pixel.faces.smart_links import SMART_LINKS
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.field_checks import invalid, wrong_type
from pixel.http.request_bodies import idempotency_key
from pixel.http.response import Response, error_body
from pixel.http.route import Request
from pixel.links.models import LinkChanges, NewLink
from pixel.smart_links.bodies import ObjectWithin, create_once, read_model, read_object, read_within
from pixel.smart_links.failures import api_errors
from pixel.smart_links.link_routes import NOUN, link_store, shown_all
from pixel.smart_links.link_shape import shown_link
from pixel.smart_links.numbers import NOT_CLICKED
from pixel.workspaces.models import RecordModel

LINKS_MAX: Final = 100


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise wrong_type("must be an array of objects.")
    return _not_too_many(value)


def _ids(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong_type("must be an array of ids.")
    if len(set(value)) != len(value):
        raise invalid("must not repeat an id.")
    return _not_too_many(value)


def _not_too_many[Value](values: list[Value]) -> list[Value]:
    if not 1 <= len(values) <= LINKS_MAX:
        raise invalid(f"must have 1 to {LINKS_MAX} entries.")
    return values


Ids = Annotated[list[str], BeforeValidator(_ids)]


class NewLinks(RecordModel):
    """Links to be created."""

    links: Annotated[list[dict[str, Any]], BeforeValidator(_objects)]


class ChangesOfLinks(RecordModel):
    """The links to be changed, and the same changes for each."""

    ids: Ids
    data: ObjectWithin


class LinksToDelete(RecordModel):
    """The links to be deleted."""

    ids: Ids


def create_links(request: Request) -> Response:
    store, workspace_id = link_store(request.caller), request.caller.workspace_id
    links = read_model(NewLinks, read_object(request)).links
    idempotency_key(request)  # a malformed one is a fault of the request, not of each link

    replayed: set[str] = set()

    def create(place: int) -> Item:
        body = links[place]
        new = read_model(NewLink, body)
        created = create_once(
            request,
            f"{NOUN}#{place}",
            body,
            create=lambda also: store.create(workspace_id, new, also=also),
            find=lambda link_id: store.find(workspace_id, link_id),
        )
        if created.is_replayed:
            replayed.add(created.item["id"])
        return created.item

    def shown(created: list[Item]) -> list[dict[str, object]]:
        if replayed:
            return shown_all(request, store, created)
        return [shown_link(link, 0, NOT_CLICKED) for link in created]

    return _response("created", len(links), create, shown, status=201)


def update_links(request: Request) -> Response:
    store, workspace_id = link_store(request.caller), request.caller.workspace_id
    body = read_model(ChangesOfLinks, read_object(request))
    ids, changes = body.ids, read_within("data", LinkChanges, body.data)

    def change(place: int) -> Item:
        return store.update(workspace_id, ids[place], changes)

    return _response("updated", len(ids), change, lambda links: shown_all(request, store, links))


def delete_links(request: Request) -> Response:
    store, workspace_id = link_store(request.caller), request.caller.workspace_id
    ids = read_model(LinksToDelete, read_object(request)).ids

    def delete(place: int) -> Item:
        deletion = store.delete(workspace_id, ids[place])
        if not deletion.changed:
            raise ApiError(ErrorCode.ALREADY_DELETED)
        return deletion.item

    def shown(links: list[Item]) -> list[dict[str, object]]:
        return [{"id": link["id"], "deleted": True} for link in links]

    return _response("deleted", len(ids), delete, shown)


def _response(
    verb: str,
    number: int,
    act: Callable[[int], Item],
    shown: Callable[[list[Item]], list[dict[str, object]]],
    *,
    status: int = 200,
) -> Response:
    """Act on each place and return what became of each. The status is 200 if one failed."""
    done: dict[int, Item] = {}
    failed: dict[int, object] = {}
    for place in range(number):
        try:
            with api_errors(NOUN):
                done[place] = act(place)
        except ApiError as failure:
            failed[place] = error_body(failure, SMART_LINKS)
    links = dict(zip(done, shown([*done.values()]), strict=True))
    results = [
        {"index": place, "status": verb, "link": links[place]}
        if place in links
        else {"index": place, "status": "failed", "error": failed[place]}
        for place in range(number)
    ]
    return Response({verb: len(done), "failed": len(failed), "results": results}, 200 if failed else status)
