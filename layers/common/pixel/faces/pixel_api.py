"""The core's own face: the API that docs/openapi.yaml calls Pixel API, and everything that no other face declares."""

from typing import Final

from pixel.faces.face import Face, LimitClass
from pixel.foundation import to_json

WORKSPACE: Final = LimitClass("core", requests=60, window_seconds=60, counter="{workspace_id}")
"""All routes of the core count together. The workspace has the number of requests, and its keys a copy of it."""


CORE: Final = Face(
    name="core",
    paths=(),
    success=lambda data, meta: f'{{"data":{data},"meta":{to_json(meta)}}}',
    failure=lambda error, meta: f'{{"error":{error},"meta":{to_json(meta)}}}',
    limits=(WORKSPACE,),
    shows_docs=True,
)
