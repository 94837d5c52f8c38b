"""GET /mail/{token} - the page behind a link in mail, which asks before it stops or starts mail."""

from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response
from pixel.mail.link_pages import show_link


@public_route(reads_query=True)
def handler(request: PublicRequest) -> Response:
    return show_link(request)
