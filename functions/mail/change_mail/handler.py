"""POST /mail/{token} - stop or start mail to an address, by its page or by one click in a mail client."""

from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response
from pixel.mail.link_pages import follow_link


@public_route(reads_query=True)
def handler(request: PublicRequest) -> Response:
    return follow_link(request)
