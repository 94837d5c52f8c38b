"""A request for a short link, as API Gateway passes it to a function."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self
from urllib.parse import unquote

from pixel.foundation import JsonObject
from pixel.http.gateway_event import headers_of, query_of
from pixel.links.queries import with_parameters

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)
_WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)", re.ASCII)
_LANGUAGES_READ = 20
_NOT_PASSED_ON = ("qr", "lw_cid")
_OWN_PREFIX = "px_"
_PATH_CHARACTERS_MAX = 600  # percent-encoded; a code has fewer than 200


class Visit(NamedTuple):
    """What is asked of a link, and by whom."""

    method: str
    code: str  # decoded once, without a slash at its end; empty for the root of the domain
    base: str  # what stands before the code in the address: the stage, unless the domain has a name of its own
    host: str
    source_ip: str
    query: Mapping[str, Sequence[str]]  # decoded
    headers: Mapping[str, Sequence[str]]  # names in lower case
    body: str
    is_base64: bool

    @classmethod
    def read(cls, event: JsonObject) -> Self:
        slug = str((event["pathParameters"] or {}).get("slug", ""))
        return cls(
            method=event["httpMethod"],
            code=unquote(slug[:_PATH_CHARACTERS_MAX]).removesuffix("/"),
            base=event["requestContext"]["path"].removesuffix(event["path"]),
            host=event["requestContext"]["domainName"],
            source_ip=event["requestContext"]["identity"]["sourceIp"],
            query=query_of(event),
            headers=headers_of(event),
            body=event["body"] or "",
            is_base64=event["isBase64Encoded"],
        )

    def header(self, name: str) -> str:
        """Return the value of a header, the last one if there are several, or an empty text."""
        values = self.headers.get(name)
        return values[-1] if values else ""

    def parameter(self, name: str) -> str:
        """Return the first value of a query parameter, or an empty text."""
        values = self.query.get(name)
        return values[0] if values else ""

    @property
    def is_qr(self) -> bool:
        """Whether a code was scanned that leads to the link."""
        return self.parameter("qr") == "1"

    @property
    def address(self) -> str:
        """The path and the query of this request, for a code that has the form of one."""
        pairs = [(name, value) for name, values in self.query.items() for value in values]
        return with_parameters(self.path, pairs, replacing=False)

    @property
    def path(self) -> str:
        return f"{self.base}/{self.code}"

    @property
    def passed_on(self) -> list[tuple[str, str]]:
        """The query parameters that a destination gets."""
        return [
            (name, value)
            for name, values in self.query.items()
            if name not in _NOT_PASSED_ON and not name.startswith(_OWN_PREFIX)
            for value in values
        ]

    @property
    def country(self) -> str:
        """The country that API Gateway's own CloudFront found, which sets this header whatever a caller sends."""
        found = self.header("cloudfront-viewer-country")
        return found if _COUNTRY.fullmatch(found) else ""

    @property
    def language(self) -> str:
        """The language that the visitor likes best, or an empty text."""
        best, best_weight = "", 0.0
        for entry in self.header("accept-language").split(",")[:_LANGUAGES_READ]:
            tag, _, parameters = entry.strip().partition(";")
            weight = _WEIGHT.fullmatch(parameters.strip())
            value = float(weight[1]) if weight else 0.0 if parameters else 1.0
            if value > best_weight and _LANGUAGE.fullmatch(tag.strip()):
                best, best_weight = tag.strip(), value
        return best
