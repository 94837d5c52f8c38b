"""The short links of the demo: one that leads somewhere at once, and one with a password."""

from typing import Final

from pixel.links.models import NewLink
from pixel.links.store import LinkStore
from pixel.workspaces.errors import AlreadyExistsError
from pixel.workspaces.models import checked

CODE: Final = "demo"
_LINKS = (
    {
        "short_code": CODE,
        "destination_url": "https://www.example.com/welcome",
        "title": "Where short links of the demo lead",
        "tags": ["demo"],
        "utm_source": "short-link",
    },
    {"short_code": "demo-secret", "destination_url": "https://www.example.com/secret", "password": "demo-password"},
)


def create(store: LinkStore, workspace_id: str) -> str:
    """Create the links, keeping those that exist, and return the code of the first."""
    for given in _LINKS:
        try:
            store.create(workspace_id, checked(NewLink, given))
        except AlreadyExistsError:
            continue
    return CODE
