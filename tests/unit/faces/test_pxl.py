"""What the face of Pxl declares: its scopes, its limit of a day, and its headers in lower case."""

from pixel.faces.directory import face_of, limit_classes_of
from pixel.faces.face import Allowance
from pixel.faces.pxl import DAY, PXL, ShortScope


def test_its_paths_are_its_own() -> None:
    for path in ("/api/v1/short", "/api/v1/short/{id+}", "/api/v1/insight"):
        assert face_of(path) is PXL
    assert face_of("/api/v1/shorts") is not PXL


def test_each_of_its_scopes_brings_the_one_limit_along() -> None:
    for scope in ShortScope:
        assert list(limit_classes_of((scope,))) == [DAY]


def test_what_is_left_is_said_in_lower_case_with_the_time_that_counting_took() -> None:
    allowance = Allowance(500, 499, 1_772_668_800, is_counted=True, latency_ms=5)

    assert PXL.limit_headers(allowance) == {
        "x-ratelimit-limit": "500",
        "x-ratelimit-remaining": "499",
        "x-ratelimit-reset": "1772668800",
        "x-ratelimit-latency": "5",
    }
