"""Ids of short links: the address without its scheme, such as pxl.to/mylink, and the other ways to write one."""

import re
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from pixel.foundation.settings import settings

_SCHEME = re.compile("https?:/{1,2}", re.IGNORECASE)  # some proxies make one slash of two


class LinkAddress(NamedTuple):
    """Where this deployment's short links are."""

    domain: str  # the host, without a port
    beginning: str  # what stands before each code, without the scheme

    @classmethod
    def of_function(cls) -> Self:
        parts = urlsplit(settings().links_url)
        return cls(parts.hostname or "", f"{parts.netloc}{parts.path}".rstrip("/"))

    def id_of(self, code: str) -> str:
        return f"{self.beginning}/{code}"

    def code_in(self, text: str) -> str:
        """Return the code in an id, in the address of a link or in a code alone."""
        rest = _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text
        for beginning in (self.beginning, self.domain):
            if rest.lower().startswith(f"{beginning.lower()}/"):
                return rest[len(beginning) + 1 :].removesuffix("/")
        return text

    def is_domain(self, text: str) -> bool:
        """Return whether a text names the domain of the short links."""
        return text.lower() in {self.domain.lower(), self.beginning.lower()}
