"""All faces beside the core: which one a path belongs to, and what their scopes bring along."""

from collections.abc import Collection, Iterator
from typing import Final

from pixel.faces.face import Face, LimitClass
from pixel.faces.infinity import INFINITY
from pixel.faces.pixel_api import CORE
from pixel.faces.pxl import PXL
from pixel.faces.smart_links import SMART_LINKS

FACES: Final = (INFINITY, PXL, SMART_LINKS)


def face_of(path: str) -> Face:
    """Return the face of a path of the template."""
    return next((face for face in FACES if face.has(path)), CORE)


def limit_classes_of(scopes: Collection[str]) -> Iterator[LimitClass]:
    """Yield the classes of limits that a key with these scopes has beside the core's."""
    return (limit for face in FACES for limit in face.limits if not set(limit.scopes).isdisjoint(scopes))
