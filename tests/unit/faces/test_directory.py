"""What is declared of each face fits together, and every error of the core has a form in each of them."""

import re
from typing import Any

from pixel.auth.caller import Scope
from pixel.faces.directory import FACES, face_of, limit_classes_of
from pixel.faces.infinity import INFINITY, INGEST, READ
from pixel.faces.pixel_api import CORE
from pixel.foundation.errors import ERRORS, ApiError, ErrorCode, field_error

_VALUES: dict[str, Any] = {name: "x" for error in ERRORS.values() for name in re.findall(r"\{(\w+)\}", error.message)}


def test_a_path_has_one_face_and_everything_else_is_of_the_core() -> None:
    paths = {
        "/api/v1/events": INFINITY,
        "/api/v1/events/purchase": INFINITY,
        "/api/v1/analytics": INFINITY,
        "/api/v1/analytics-of-others": CORE,
        "/api/v1/pixel/events": CORE,
        "/api/v1/me": CORE,
        "/": CORE,
    }

    assert {path: face_of(path).name for path in paths} == {path: face.name for path, face in paths.items()}
    assert [face.name for face in FACES for path in face.paths if face_of(path) is not face] == []


def test_an_error_of_the_core_is_shown_as_it_is() -> None:
    for error in ERRORS.values():
        failure = ApiError(error, **_VALUES, window="1 minute")
        assert CORE.shown(failure) == (error.code, error.status, failure.message)


def test_every_error_has_a_code_of_its_face_and_a_whole_sentence() -> None:
    """A code is in one spelling, and a status has one code but for errors that a face tells apart."""
    for face in FACES:
        for error in ERRORS.values():
            shown = face.shown(ApiError(error, **_VALUES, window="1 minute"))
            own = face.errors.get(error)
            assert shown.code in {*face.codes.values(), error.code} or own
            assert shown.code == face.codes.get(shown.status, shown.code) or own
            assert not re.search(r"[{}]", shown.message)


def test_an_error_about_fields_has_the_sentence_of_the_first() -> None:
    failure = field_error(ErrorCode.INVALID_BODY, "price", "missing", "`price` is {required}.")

    assert INFINITY.shown(failure) == ("INVALID_REQUEST", 400, "`price` is {required}.")


def test_scopes_bring_the_limits_of_their_classes_along() -> None:
    assert list(limit_classes_of(("site:read",))) == [READ]
    assert list(limit_classes_of(INFINITY.scopes)) == [INGEST, READ]
    assert list(limit_classes_of(tuple(Scope))) == []


def test_names_of_faces_scopes_and_classes_are_unique() -> None:
    scopes = [*map(str, Scope), *(str(scope) for face in FACES for scope in face.scopes)]
    classes = [limit.name for face in (CORE, *FACES) for limit in face.limits]

    assert len(scopes) == len(set(scopes))
    assert len(classes) == len(set(classes))
