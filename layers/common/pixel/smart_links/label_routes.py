"""The routes of labels, which are the same for campaigns, tags, folders, templates and pixels."""

from typing import Any, Final
from urllib.parse import unquote

from pixel.aws.attributes import Item
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.label_store import LabelStore
from pixel.links.labels import LabelKind
from pixel.smart_links import paging
from pixel.smart_links.bodies import create_once, read_model, read_object
from pixel.smart_links.failures import api_errors
from pixel.smart_links.link_filters import read_search
from pixel.smart_links.link_routes import link_store
from pixel.smart_links.names import camel_case, moment_as_written

_MOMENTS: Final = ("starts_at", "ends_at", "expires_at", "created_at", "updated_at")


def list_labels(kind: LabelKind, request: Request) -> Response:
    parameters = QueryParameters(request.query, {*paging.PARAMETERS, "search"})
    page, words = paging.read_page(parameters), read_search(parameters, "search")
    parameters.raise_faults()
    store, workspace_id = _store(kind, request), request.caller.workspace_id
    labels = [label for label in store.list_all(workspace_id) if words is None or words in label["name"].lower()]
    counted = store.count_links(workspace_id)
    return paging.list_response(page, labels, lambda label: _shown(kind, label, store.links_of(label, counted)))


def create_label(kind: LabelKind, request: Request) -> Response:
    store, workspace_id = _store(kind, request), request.caller.workspace_id
    body = read_object(request)
    new = read_model(kind.new, body)
    with api_errors(kind.noun):
        label, is_replayed = create_once(
            request,
            kind.path,
            body,
            create=lambda also: store.create(workspace_id, new, also=also),
            find=lambda label_id: store.find(workspace_id, label_id),
        )
    if is_replayed:
        return Response(_with_count(store, label), 201, headers={"Idempotent-Replayed": "true"})
    return Response(_shown(kind, label, 0), 201)


def get_label(kind: LabelKind, request: Request) -> Response:
    store = _store(kind, request)
    with api_errors(kind.noun):
        label = store.find(request.caller.workspace_id, _id_in(request))
    return Response(_with_count(store, label))


def update_label(kind: LabelKind, request: Request) -> Response:
    store = _store(kind, request)
    changes = read_model(kind.changes, read_object(request))
    with api_errors(kind.noun):
        label = store.update(request.caller.workspace_id, _id_in(request), changes)
    return Response(_with_count(store, label))


def delete_label(kind: LabelKind, request: Request) -> Response:
    parameters = QueryParameters(request.query, {"unlink"} if kind.is_kept_in_use else set())
    unlink = parameters.choice("unlink", ("true", "false")) == "true"
    parameters.raise_faults()
    label_id = _id_in(request)
    with api_errors(kind.noun):
        _store(kind, request).delete(request.caller.workspace_id, label_id, unlink=unlink)
    return Response({"id": label_id, "deleted": True})


def _store(kind: LabelKind, request: Request) -> LabelStore:
    return LabelStore(link_store(request.caller), kind)


def _id_in(request: Request) -> str:
    [label_id] = request.path.values()
    return unquote(label_id)


def _with_count(store: LabelStore, label: Item) -> dict[str, Any]:
    return _shown(store.kind, label, store.links_of(label, store.count_links(label["workspace_id"])))


def _shown(kind: LabelKind, label: Item, links: int) -> dict[str, Any]:
    names = ("name", *(name for name in kind.changes.model_fields if name != "name"), "created_at", "updated_at")
    values = {
        camel_case(name): moment_as_written(label.get(name)) if name in _MOMENTS else label.get(name) for name in names
    }
    return {"id": label["id"], **values, "linksCount": links}
