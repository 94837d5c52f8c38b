"""The HTTP server of the gateway; bytes that are not a valid request get the envelope too."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from local.front_page import FrontPage
from local.gateway.call import HttpRequest, HttpResponse, host_name
from local.gateway.gateway import BODY_BYTES_MAX, Gateway

_HEADER_BYTES_MAX = 10_240
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "")
_SEGMENTS = 2  # of paths, by which APIs that are nested in the main one tell theirs apart: /api/links
_LOCAL = "/_local/"
_PAGES = "/docs"  # of the front page
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_UNREADABLE = HttpRequest("-", "/", [], b"", "127.0.0.1")


class LocalPages(Protocol):
    """Something of the embedded stack alone, below `/_local/`."""

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return the response, one with the status 0 to end the connection, or None if it is for somebody else."""


class GatewayServer(web.Server):
    def __init__(
        self,
        gateway: Gateway,
        front_page: FrontPage | None = None,
        others: Sequence[Gateway] = (),
        local_pages: Sequence[LocalPages] = (),
    ) -> None:
        """Serve an API at the same address as others, each of which gets what begins as one of its routes.

        The one that takes any path gets what begins as none of their paths, and every name but this machine's.
        """
        # The parser accepts more than API Gateway, so that the gateway's own limits apply.
        super().__init__(
            self._serve, auto_decompress=False, access_log=None, max_line_size=32_768, max_field_size=32_768
        )
        self.gateway = gateway
        self._front_page = front_page
        self._local_pages = local_pages
        self._other_paths = next((other for other in others if other.definition.takes_any_path), None)
        self._others = [other for other in others if other is not self._other_paths]

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        received = HttpRequest(
            method=request.method,
            target=request.raw_path,
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers],
            body=b"",
            source_ip=request.remote or "127.0.0.1",
        )
        if sum(len(name) + len(value) for name, value in request.raw_headers) > _HEADER_BYTES_MAX:
            return _to_aiohttp(self.gateway.refuse(received, "DEFAULT_4XX"))
        if received.path.startswith(_LOCAL) and host_name(received) in _THIS_MACHINE:
            return await self._serve_local(request, received)
        gateway = self._gateway_of(received)
        if gateway is None and self._front_page is not None and (page := self._front_page.answer(received)) is not None:
            return _to_aiohttp(page)
        body = await _read_body(request)
        if body is None:
            return _to_aiohttp(self.gateway.refuse(received, "REQUEST_TOO_LARGE"))
        return _to_aiohttp(await (gateway or self.gateway).answer(received._replace(body=body)))

    async def _serve_local(self, request: web.BaseRequest, received: HttpRequest) -> web.StreamResponse:
        if received.method not in _SAFE_METHODS and _is_of_another_site(received):
            return web.Response(status=403, text="Pages of other sites may not change anything here.")
        whole = received._replace(body=await _read_body(request) or b"")
        for pages in self._local_pages:
            response = await pages.answer(whole)
            if response is None:
                continue
            if response.status == 0 and request.transport is not None:
                request.transport.abort()
                return web.Response()
            return _to_aiohttp(response)
        return web.Response(status=404)

    def _gateway_of(self, request: HttpRequest) -> Gateway | None:
        """Return the gateway of another API if the request is for it, else None."""
        if self._other_paths is not None and host_name(request) not in _THIS_MACHINE:
            return self._other_paths
        for other in self._others:
            if other.definition.has_beginning_of(request.path, segments=_SEGMENTS):
                return other
        if self._other_paths is None:
            return None
        is_page = request.path == "/" or request.path.startswith(_PAGES)
        is_own = is_page or self.gateway.definition.has_beginning_of(request.path)
        return None if is_own else self._other_paths


class _Connection(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's signature
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature
    ) -> web.StreamResponse:
        """Answer bytes that are not HTTP, and errors of the gateway itself."""
        gateway: Gateway = self._manager.gateway  # type: ignore[union-attr]  # the manager is our server
        if status >= 500:
            self.log_exception("fault in the gateway", exc_info=exc)
        response = _to_aiohttp(gateway.refuse(_UNREADABLE, "DEFAULT_5XX" if status >= 500 else "DEFAULT_4XX"))
        response.force_close()
        return response


def _is_of_another_site(request: HttpRequest) -> bool:
    """Return whether a page of another site sends a request, which browsers say by its origin."""
    origin = request.header("origin")
    return origin is not None and origin.lower() != f"http://{(request.header('host') or '').lower()}"


async def _read_body(request: web.BaseRequest) -> bytes | None:
    """Return the body, or None if it is larger than API Gateway accepts."""
    if (request.content_length or 0) > BODY_BYTES_MAX:
        return None
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    parts = []
    size = 0
    async for part in request.content.iter_chunked(65_536):
        size += len(part)
        if size > BODY_BYTES_MAX:
            return None
        parts.append(part)
    return b"".join(parts)


def _to_aiohttp(response: HttpResponse) -> web.Response:
    answer = web.Response(status=response.status, reason=_reason(response.status), body=response.body)
    answer.headers.popall("Content-Type", None)
    for name, value in response.headers:
        answer.headers.add(name, value)
    return answer


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
