"""The handler of a route without an API key, which imports nothing that calls AWS."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pixel.foundation import JsonObject
from pixel.http.gateway_event import headers_of, query_of, request_id_of
from pixel.http.response import Response
from pixel.http.run_route import LambdaHandler, refuse_parameters, run_route


class PublicRequest(NamedTuple):
    """A request without an API key, as API Gateway passes it to a function."""

    id: str
    source_ip: str
    path: Mapping[str, str]  # parameters of the path, still percent-encoded
    query: Mapping[str, Sequence[str]]  # decoded
    headers: Mapping[str, Sequence[str]]  # names in lower case
    body: str
    is_base64: bool

    def header(self, name: str) -> str | None:
        """Return the value of a header, the last one if there are several, or None if it is missing."""
        values = self.headers.get(name)
        return values[-1] if values else None


def public_route(*, reads_query: bool = False) -> Callable[[Callable[[PublicRequest], Response]], LambdaHandler]:
    """Return a decorator that turns a route that needs no API key into a Lambda handler.

    Query parameters are refused, unless the route reads them itself.
    """

    def decorate(function: Callable[[PublicRequest], Response]) -> LambdaHandler:
        def handler(event: JsonObject, _context: object) -> JsonObject:
            def respond() -> Response:
                request = _read(event)
                if not reads_query:
                    refuse_parameters(request.query)
                return function(request)

            return run_route(event, respond, {})

        return handler

    return decorate


def _read(event: JsonObject) -> PublicRequest:
    return PublicRequest(
        id=request_id_of(event),
        source_ip=event["requestContext"]["identity"]["sourceIp"],
        path=event["pathParameters"] or {},
        query=query_of(event),
        headers=headers_of(event),
        body=event["body"] or "",
        is_base64=event["isBase64Encoded"],
    )
