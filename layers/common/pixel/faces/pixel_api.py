"""The core's own face: the API that docs/openapi.yaml calls Pixel API, and everything that no other face declares."""

import json
from collections.abc import Mapping
from typing import Final

from pixel.faces.face import Face, LimitClass

WORKSPACE: Final = LimitClass("core", requests=60, window_seconds=60, counter="{workspace_id}")
"""All routes of the core count together. The workspace has the number of requests, and its keys a copy of it."""


def _json(meta: Mapping[str, object]) -> str:
    return json.dumps(meta, separators=(",", ":"))


CORE: Final = Face(
    name="core",
    paths=(),
    success=lambda data, meta: f'{{"data":{data},"meta":{_json(meta)}}}',
    failure=lambda error, meta: f'{{"error":{error},"meta":{_json(meta)}}}',
    limits=(WORKSPACE,),
    shows_docs=True,
)
