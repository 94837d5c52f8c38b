"""The OpenAPI document of this API, which `make docs` writes and no function ever builds.

The build of the layer puts a copy beside this module. Where there is no built layer, the repository's own is read.
"""

from functools import cache
from pathlib import Path

from pixel.http.response import Document

_IN_LAYER = Path(__file__).with_name("openapi.yaml")
_IN_REPOSITORY = Path("docs/openapi.yaml")


@cache
def openapi_document() -> Document:
    return Document("application/yaml", _file().read_text())


def _file() -> Path:
    if _IN_LAYER.exists():
        return _IN_LAYER
    return next(found for parent in _IN_LAYER.parents if (found := parent / _IN_REPOSITORY).exists())
