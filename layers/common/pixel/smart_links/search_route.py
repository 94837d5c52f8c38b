"""The search over all that a workspace has named: links, campaigns, tags and the domain of short links."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

from pixel.foundation.settings import settings
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.label_store import LabelStore
from pixel.links.labels import CAMPAIGN, TAG
from pixel.links.store import LinkStore
from pixel.smart_links.link_filters import contains, read_search
from pixel.smart_links.link_routes import link_store

CHARACTERS_MAX: Final = 100
LIMIT_MAX: Final = 50
_LIMIT: Final = 20

Found = Mapping[str, Any]


def search(request: Request) -> Response:
    parameters = QueryParameters(request.query, {"q", "limit"})
    words = read_search(parameters, "q")
    limit = parameters.integer("limit", 1, LIMIT_MAX) or _LIMIT
    if words is None and not parameters.faults.found:
        parameters.faults.add("q", "missing", "`q` is required: what to search for.")
    elif words is not None and len(words) > CHARACTERS_MAX:
        parameters.faults.add("q", "invalid", f"`q` must have at most {CHARACTERS_MAX} characters.")
    parameters.raise_faults()
    found = _find(link_store(request.caller), request.caller.workspace_id, words or "")
    return Response(list(islice(found, limit)))


def _find(store: LinkStore, workspace_id: str, words: str) -> Iterator[Found]:
    """Find what is fewest first, so that many links do not hide the rest; the newest first of each."""
    address = settings().links_url
    host = urlsplit(address).hostname or ""
    if words in host:
        yield {"type": "domain", "id": host, "title": host, "url": address}
    for kind in (CAMPAIGN, TAG):
        for label in LabelStore(store, kind).list_all(workspace_id):
            if words in label["name"].lower():
                yield {"type": kind.noun, "id": label["id"], "title": label["name"], "url": None}
    for entry in store.list_live(workspace_id):
        if contains(entry, words):
            title, code = entry.get("title") or entry["code"], entry["code"]
            yield {"type": "link", "id": entry["id"], "title": title, "url": f"{address}/{code}"}
