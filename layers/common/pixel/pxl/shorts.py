"""Short links as the face Pxl answers them, with their clicks as far as the warehouse can tell them."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final
from urllib.parse import unquote

from pixel.auth.caller import Caller
from pixel.aws.attributes import Item
from pixel.foundation import JsonObject
from pixel.foundation.clock import from_iso
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.reading import LinkReader, function_reader
from pixel.pxl.addresses import LinkAddress
from pixel.reports.responses import query_data
from pixel.tinybird.catalogue import Pipe
from pixel.tinybird.client import RetryPolicy
from pixel.workspaces.errors import NotFoundError

TAKE_MAX: Final = 100
SKIP_MAX: Final = 10_000
PIPE: Final = Pipe("l_link_totals", "", {}, [], {}, [])
_TAKE = 50
_ENTRIES_MAX = SKIP_MAX + TAKE_MAX + 1  # with the one that shows that there are more
_SEARCHED = ("code", "destination_url", "title")
_RETRY_POLICY = RetryPolicy(attempts=2, response_seconds=3, total_seconds=4, body_bytes_max=1_000_000)
"""A short link is answered without its clicks rather than late."""


def answer_list(request: Request) -> Response:
    """Return the short links of the workspace, newest first."""
    parameters = QueryParameters(request.query, ("take", "skip", "domain", "search"))
    take, skip = parameters.integer("take", 1, TAKE_MAX), parameters.integer("skip", 0, SKIP_MAX)
    take, skip = _TAKE if take is None else take, skip or 0
    domain, search = parameters.text("domain"), parameters.text("search")
    address = LinkAddress.of_function()
    if domain is not None and not address.is_domain(domain):
        parameters.faults.add("domain", "invalid", "`domain` must be the domain of this workspace's short links.")
    parameters.raise_faults()
    reader = function_reader()
    entries = reader.list_live(request.caller.workspace_id, items_max=_ENTRIES_MAX)
    if search is not None:
        entries = [entry for entry in entries if _has(entry, search.lower())]
    links = reader.find_all(request.caller.workspace_id, [entry["id"] for entry in entries[skip : skip + take]])
    meta = {"take": take, "skip": skip, "total": len(entries), "hasMore": len(entries) > skip + take}
    return Response({"data": shorts_of(request.caller, links, address), "meta": meta})


def answer_one(request: Request) -> Response:
    """Return the short link that the path names."""
    return Response({"data": short_of(request.caller, find(function_reader(), request.caller, given_id(request)))})


def given_id(request: Request) -> str:
    """Return the id in the path, decoded once."""
    return unquote(request.path["id"])


def find(reader: LinkReader, caller: Caller, text: str) -> Item:
    """Return the link that an id, its address or its route names. Raises `short_not_found`."""
    try:
        return reader.find_by_code(caller.workspace_id, LinkAddress.of_function().code_in(text))
    except NotFoundError:
        raise ApiError(ErrorCode.SHORT_NOT_FOUND) from None


def short_of(caller: Caller, link: Item) -> JsonObject:
    """Return a link as a short link."""
    [short] = shorts_of(caller, [link], LinkAddress.of_function())
    return short


def shorts_of(caller: Caller, links: Sequence[Item], address: LinkAddress) -> list[JsonObject]:
    """Return up to 100 links as short links, without clicks if the warehouse does not answer."""
    if not links:
        return []
    fixed = {"workspace_id": caller.workspace_id, "link_ids": ",".join(link["id"] for link in links)}
    try:
        rows = query_data(caller, PIPE, fixed, retry_policy=_RETRY_POLICY)
    except ApiError:  # which the log has
        return [rendered(link, address, clicks=None) for link in links]
    totals = {row["link_id"]: row for row in rows}
    return [_with_totals(link, address, totals.get(link["id"], {})) for link in links]


def rendered(link: Item, address: LinkAddress, *, clicks: int | None, last_clicked_at: str = "") -> JsonObject:
    """Return a link as a short link with these clicks."""
    preview: Mapping[str, Any] = link.get("preview", {})
    updated = max(from_iso(text) for text in (link["updated_at"], last_clicked_at) if text)
    return {
        "id": address.id_of(link["code"]),
        "route": link["code"],
        "destination": link.get("destination_url"),
        "consent": bool(link.get("consent", False)),
        "title": preview.get("title", link.get("title")),
        **{name: preview.get(name) for name in ("description", "image", "favicon")},
        "clicks": clicks,
        "createdAt": f"{from_iso(link['created_at']).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}",
        "updatedAt": f"{updated.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}",
    }


def _with_totals(link: Item, address: LinkAddress, row: Mapping[str, Any]) -> JsonObject:
    last = row.get("last_clicked_at") or ""
    return rendered(link, address, clicks=int(row.get("clicks", 0)), last_clicked_at=last)


def _has(entry: Item, search: str) -> bool:
    return any(search in str(entry.get(name, "")).lower() for name in _SEARCHED)
