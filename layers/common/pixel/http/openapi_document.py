"""The description of this API, which `make docs` writes beside this module: no function ever builds one."""

from functools import cache
from pathlib import Path

from pixel.http.response import Document

_FILE = Path(__file__).with_name("openapi.yaml")


@cache
def openapi_document() -> Document:
    return Document("application/yaml", _FILE.read_text())
