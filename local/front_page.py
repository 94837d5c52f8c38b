"""What the embedded stack shows at `/`: links to the dashboard of the demo, the API reference and the documents.

API Gateway knows none of these paths, so a deployed API answers 404 there.
"""

from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final

from local import alert_pages, documents, hooks, mail_pages
from local.gateway.call import HttpRequest, HttpResponse
from pixel.dashboard.owner_sessions import NewDashboardSession, dashboard_url
from pixel.dashboard.sessions import OWNER_SECONDS_MAX

_DOCUMENTS: Final = Path(__file__).resolve().parent.parent / "docs"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1c1c28;"
    "background:#fff}a{color:#4338ca}li{margin:.5rem 0}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6ef;background:#14141c}a{color:#a5b4fc}}"
)


class FrontPage:
    """The pages beside the API. Without a demo there is no website whose dashboard could be shown."""

    def __init__(
        self,
        url: str,
        viewer_secret: str,
        workspace_id: str | None,
        website_id: str | None,
        *,
        shop_url: str | None = None,
    ) -> None:
        self._url = url
        self._viewer_secret = viewer_secret
        self._workspace_id = workspace_id
        self._website_id = website_id
        self._shop_url = shop_url

    def dashboard(self) -> str | None:
        """Return the address of the demo website's dashboard with a new session, which lives as long as any may."""
        if self._workspace_id is None or self._website_id is None:
            return None
        new = NewDashboardSession(website_id=self._website_id, ttl_seconds=OWNER_SECONDS_MAX)
        return dashboard_url(self._url, new.session(self._workspace_id, has_links=True), secret=self._viewer_secret)

    def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return the page of a path, or None if it is not one of these."""
        if request.method != "GET":
            return None
        if request.path == "/":
            return _page(self._html())
        return documents.answer(request)

    def _html(self) -> str:
        dashboard = self.dashboard()
        links = [("docs", "API reference"), *_written()]
        links[:0] = [
            (mail_pages.ROOT.removeprefix("/"), "Mail that was sent"),
            (hooks.PAGE.removeprefix("/"), "What Slack and webhooks got"),
            (alert_pages.ROOT.removeprefix("/"), "Alerts and what they were judged to be"),
        ]
        if self._shop_url is not None:
            links.insert(0, (self._shop_url, "The shop of the demo: click around, and look at the dashboard"))
        if dashboard is not None:
            links.insert(0, (dashboard, "Dashboard of the demo website"))
        items = "".join(f'<li><a href="{escape(address)}">{escape(name)}</a></li>' for address, name in links)
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>Pixel API</title><style>{_STYLE}</style><h1>Pixel API</h1>"
            f"<p>The embedded stack is running. The API is below <code>/api/v1</code>.</p><ul>{items}</ul></html>"
        )


def _written() -> list[tuple[str, str]]:
    """Return the address and the name of each page that is written for people."""
    pages = [
        file.relative_to(_DOCUMENTS)
        for folder in ("guides", ".")
        for file in sorted(_DOCUMENTS.joinpath(folder).glob("*.md"))
    ]
    return [(f"docs/{page}", str(page)) for page in pages]


def _page(html: str) -> HttpResponse:
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
    return HttpResponse(HTTPStatus.OK, headers, html.encode())
