"""The handler of the routes that list records, all at once or page by page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pixel.auth.caller import Scope
from pixel.aws.attributes import Item
from pixel.aws.conditions import AtLeast, Expected
from pixel.http.cursors import read_cursor, read_instant, write_cursor
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.http.run_route import LambdaHandler
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.store import Store, function_store

RECORDS_MAX = 1000


def _shown(_store: Store, kind: RecordKind, _workspace_id: str, items: Sequence[Item]) -> list[dict[str, Any]]:
    return [kind.to_record(item) for item in items]


def list_route(
    kind: RecordKind,
    *,
    filters: Sequence[str] = ("website_id",),
    shown: Callable[[Store, RecordKind, str, Sequence[Item]], list[dict[str, Any]]] = _shown,
) -> LambdaHandler:
    """Return the handler that lists records of one kind, oldest first, or pages in order of their ids.

    `filters` are the query parameters of this kind. `shown` returns the whole records of a page, which may need more
    than their items.
    """
    known = {"updated_since", "limit", "cursor", *filters}

    @route(scope=Scope.READ, reads_query=True)
    def handler(request: Request) -> Response:
        parameters = QueryParameters(request.query, known)
        given = _filters(parameters)
        limit = parameters.integer("limit", 1, RECORDS_MAX)
        after = read_cursor(parameters, given)
        parameters.raise_faults()
        store, workspace_id = function_store(request.caller), request.caller.workspace_id
        where = _conditions(kind, given)
        if limit is None and after is None:
            items = store.list_live(kind, workspace_id, where=where, items_max=RECORDS_MAX)
            return Response([kind.to_response(item) for item in items])
        page, next_after = store.page(kind, workspace_id, where, limit=limit or RECORDS_MAX, after=after)
        meta = {} if next_after is None else {"next_cursor": write_cursor(next_after, given)}
        return Response(shown(store, kind, workspace_id, page), meta=meta)

    return handler


def _filters(parameters: QueryParameters) -> Mapping[str, str]:
    given = {
        "website_id": parameters.website_id(),
        "updated_since": read_instant(parameters, "updated_since"),
        "domain": _domain(parameters),
    }
    return {name: value for name, value in given.items() if value is not None}


def _conditions(kind: RecordKind, filters: Mapping[str, str]) -> Expected:
    attributes = {"website_id": kind.website, "updated_since": "updated_at"}
    values = {"updated_since": lambda since: AtLeast(since, if_absent="created_at")}
    return {attributes.get(name, name): values.get(name, str)(value) for name, value in filters.items()}


def _domain(parameters: QueryParameters) -> str | None:
    domain = parameters.non_empty_text("domain")
    if domain is not None and not domain.isascii():
        advice = "must be the domain in its encoded form (xn--...), as the list shows it."
        parameters.faults.add("domain", "invalid", f"`domain` {advice}")
        return None
    return None if domain is None else domain.lower().removesuffix(".")
