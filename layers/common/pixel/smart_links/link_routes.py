"""The routes of links: what each does with a request."""

from urllib.parse import unquote

from pixel.auth.caller import Caller
from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.settings import settings
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.models import LinkChanges, NewLink
from pixel.links.store import LinkStore
from pixel.smart_links import link_filters, paging
from pixel.smart_links.bodies import create_once, read_model, read_object
from pixel.smart_links.failures import api_errors
from pixel.smart_links.link_filters import LinkFilters
from pixel.smart_links.link_shape import domain_of_links, shown_link
from pixel.smart_links.numbers import NOT_CLICKED, numbers_of

NOUN = "link"
EXTERNAL_PREFIX = "ext_"


def link_store(caller: Caller) -> LinkStore:
    """Return the store, in which changes are those of the calling key."""
    own_hosts = {domain_of_links()}
    return LinkStore(
        tables.database(), settings().links_table, settings().workspace_table, own_hosts, actor=caller.key_id
    )


def create_link(request: Request) -> Response:
    store, workspace_id = link_store(request.caller), request.caller.workspace_id
    body = read_object(request)
    new = read_model(NewLink, body)
    with api_errors(NOUN):
        created = create_once(
            request,
            NOUN,
            body,
            create=lambda also: store.create(workspace_id, new, also=also),
            find=lambda link_id: store.find(workspace_id, link_id),
        )
    if created.is_replayed:
        return created.response(shown(request, store, created.item))
    return created.response(shown_link(created.item, 0, NOT_CLICKED))


def get_link(request: Request) -> Response:
    store = link_store(request.caller)
    return Response(shown(request, store, find_link(store, request)))


def update_link(request: Request) -> Response:
    store = link_store(request.caller)
    changes = read_model(LinkChanges, read_object(request))
    with api_errors(NOUN):
        link = store.update(request.caller.workspace_id, find_link(store, request)["id"], changes)
    return Response(shown(request, store, link))


def delete_link(request: Request) -> Response:
    store = link_store(request.caller)
    with api_errors(NOUN):
        deletion = store.delete(request.caller.workspace_id, _link_id(store, request))
    if not deletion.changed:
        raise ApiError(ErrorCode.ALREADY_DELETED)
    return Response({"id": deletion.item["id"], "deleted": True})


def list_links(request: Request) -> Response:
    known = {*paging.PARAMETERS, *link_filters.PARAMETERS, "stats"}
    parameters = QueryParameters(request.query, known, repeatable=link_filters.REPEATABLE)
    page = paging.read_page(parameters)
    filters = LinkFilters.read(parameters)
    has_numbers = parameters.choice("stats", ("true", "false")) != "false"
    parameters.raise_faults()
    store, workspace_id = link_store(request.caller), request.caller.workspace_id
    entries = store.list_live(workspace_id, items_max=None if filters.conditions else paging.REACH + 1)
    admitted = [entry["id"] for entry in entries if filters.admit(entry)]
    links = store.find_all(workspace_id, page.of(admitted))
    return page.response(shown_all(request, store, links, has_numbers=has_numbers), len(admitted))


def find_link(store: LinkStore, request: Request) -> Item:
    """Return the link that the path names, by its id or by the caller's own id of it."""
    with api_errors(NOUN):
        return store.find(request.caller.workspace_id, _link_id(store, request))


def find_link_with_deleted(store: LinkStore, request: Request) -> Item:
    """Return the link that the path names, which may be deleted."""
    with api_errors(NOUN):
        return store.find_with_deleted(request.caller.workspace_id, _link_id(store, request))


def shown(request: Request, store: LinkStore, link: Item) -> dict[str, object]:
    [one] = shown_all(request, store, [link])
    return one


def shown_all(
    request: Request, store: LinkStore, links: list[Item], *, has_numbers: bool = True
) -> list[dict[str, object]]:
    """Return links as callers see them, with their numbers."""
    used = store.used_clicks(links)
    numbers = numbers_of(request.caller, [link["id"] for link in links]) if has_numbers else {}
    return [shown_link(link, used.get(link["id"], 0), numbers.get(link["id"])) for link in links]


def _link_id(store: LinkStore, request: Request) -> str:
    named = unquote(request.path["linkId"])
    if named.startswith(EXTERNAL_PREFIX):
        return store.id_of_external(request.caller.workspace_id, named.removeprefix(EXTERNAL_PREFIX))
    return named
