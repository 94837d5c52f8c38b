"""The OpenAPI document of this API, which `make docs` writes.

The build of the layer puts a copy next to this module; in the repository, the layer's folder contains a link to it.
"""

from functools import cache
from pathlib import Path

from pixel.http.response import Document

_IN_LAYER = Path(__file__).with_name("openapi.yaml")
_IN_REPOSITORY = Path(__file__).parents[2] / "openapi.yaml"


@cache
def openapi_document() -> Document:
    """Return the document, which is read from the file once."""
    file = _IN_LAYER if _IN_LAYER.exists() else _IN_REPOSITORY
    return Document("application/yaml", file.read_text(), is_public=True)
