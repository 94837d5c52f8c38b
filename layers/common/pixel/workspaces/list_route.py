"""The handler of the routes that list records, all at once or page by page."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from pixel.auth.caller import Scope
from pixel.aws.tables import AtLeast, Expected
from pixel.foundation.clock import from_iso, to_iso
from pixel.http.public_route import LambdaHandler
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.kinds import WEBSITE, RecordKind
from pixel.workspaces.store import function_store

RECORDS_MAX = 1000
_INSTANT = "must be an ISO 8601 instant with a time zone, such as 2026-01-31T18:00:00Z; write + as %2B."
_CURSOR = "must be the `meta.next_cursor` of a previous page; omit it to begin."
_OTHER_FILTERS = "belongs to a list with other filters; send the filters of that list, or omit it to begin."
_CURSOR_ID_CHARACTERS_MAX = 128


def list_route(kind: RecordKind) -> LambdaHandler:
    """Return the handler that lists records of one kind, oldest first, or pages in order of their ids."""
    known = {"website_id", "updated_since", "limit", "cursor", *(["domain"] if kind is WEBSITE else [])}

    @route(scope=Scope.READ, reads_query=True)
    def handler(request: Request) -> Response:
        parameters = QueryParameters(request.query, known)
        filters = _filters(parameters)
        limit = parameters.integer("limit", 1, RECORDS_MAX)
        after = _read_cursor(parameters, filters)
        parameters.raise_faults()
        store, workspace_id, where = (
            function_store(request.caller),
            request.caller.workspace_id,
            _conditions(kind, filters),
        )
        if limit is None and after is None:
            items = store.list_live(kind, workspace_id, where=where, items_max=RECORDS_MAX)
            return Response([kind.to_response(item) for item in items])
        page = store.page(kind, workspace_id, where, limit=limit or RECORDS_MAX, after=after)
        meta = {} if page.next_after is None else {"next_cursor": _cursor(page.next_after, filters)}
        return Response([kind.to_record(item) for item in page.items], meta=meta)

    return handler


def _filters(parameters: QueryParameters) -> Mapping[str, str]:
    given = {
        "website_id": parameters.website_id(),
        "updated_since": _instant(parameters, "updated_since"),
        "domain": _domain(parameters),
    }
    return {name: value for name, value in given.items() if value is not None}


def _conditions(kind: RecordKind, filters: Mapping[str, str]) -> Expected:
    attributes = {"website_id": kind.website, "updated_since": "updated_at"}
    values = {"updated_since": lambda since: AtLeast(since, if_absent="created_at")}
    return {attributes.get(name, name): values.get(name, str)(value) for name, value in filters.items()}


def _instant(parameters: QueryParameters, name: str) -> str | None:
    given = parameters.non_empty_text(name)
    try:
        return None if given is None else to_iso(from_iso(given))
    except (ValueError, OverflowError):
        parameters.faults.add(name, "invalid", f"`{name}` {_INSTANT}")
        return None


def _domain(parameters: QueryParameters) -> str | None:
    domain = parameters.non_empty_text("domain")
    if domain is not None and not domain.isascii():
        advice = "must be the domain in its encoded form (xn--...), as the list shows it."
        parameters.faults.add("domain", "invalid", f"`domain` {advice}")
        return None
    return None if domain is None else domain.lower().removesuffix(".")


def _cursor(after: str, filters: Mapping[str, str]) -> str:
    """Return a cursor, which holds no partition, so that a forged one reads nothing of other workspaces."""
    content = json.dumps([after, dict(sorted(filters.items()))], separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _read_cursor(parameters: QueryParameters, filters: Mapping[str, str]) -> str | None:
    """Return the id behind which the page begins."""
    cursor = parameters.non_empty_text("cursor")
    if cursor is None:
        return None
    match _decoded(cursor):
        case [str(after), found] if 1 <= len(after) <= _CURSOR_ID_CHARACTERS_MAX and after.isascii():
            if found == filters:
                return after
            parameters.faults.add("cursor", "invalid", f"`cursor` {_OTHER_FILTERS}")
        case _:
            parameters.faults.add("cursor", "invalid", f"`cursor` {_CURSOR}")
    return None


def _decoded(cursor: str) -> object:
    try:
        return json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
