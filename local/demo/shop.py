"""The shop of the demo: pages with the browser pixel on, served as another website would be, on a port of their own.

Whoever clicks around in it sees the dashboard of the demo website move.
"""

from contextlib import suppress
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from aiohttp import web

from pixel.workspaces.api_keys import create_key
from pixel.workspaces.errors import AlreadyExistsError
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.goals import GOALS, NewGoal
from pixel.workspaces.key_lookup import list_keys
from pixel.workspaces.publishable_keys import NewPublishableKey
from pixel.workspaces.store import Store

FOLDER: Final = Path(__file__).with_name("site")
GOAL_NAME: Final = "Add to cart"
_SCRIPT: Final = "/p/PIXEL_KEY.js"  # in the pages, in place of the script's address
_KEY_NAME: Final = "pages of the shop"
_ORIGINS: Final = ("127.0.0.1", "localhost")


def set_up(store: Store, workspace_id: str, website_id: str) -> str:
    """Create the goal and the key of the shop unless they are there, and return the key."""
    goal = NewGoal(website_id=website_id, name=GOAL_NAME, selector=".add-to-cart")
    with suppress(AlreadyExistsError):
        GOALS.create(store, workspace_id, goal, record_id=f"{GOAL.id_prefix}_demo_cart")
    for record in list_keys(store, workspace_id):
        if record.public_key is not None and record.name == _KEY_NAME and record.revoked_at is None:
            return record.public_key
    new = NewPublishableKey(kind="publishable", name=_KEY_NAME, website_id=website_id, origins=_ORIGINS)
    return create_key(store, workspace_id, new)[0]


class Shop:
    """The pages, with the script at `script_url`. Changed files apply to the next request."""

    def __init__(self, script_url: str) -> None:
        self._script_url = script_url

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return a page of the shop, or 404."""
        name = request.path.removeprefix("/") or "index.html"
        if request.method not in {"GET", "HEAD"} or name not in {file.name for file in FOLDER.iterdir()}:
            return web.Response(status=404, text="There is no such page.")
        text = (FOLDER / name).read_text().replace(_SCRIPT, self._script_url)
        headers = {"Cache-Control": "no-cache"}
        return web.Response(text=text, content_type=guess_type(name)[0], charset="utf-8", headers=headers)
