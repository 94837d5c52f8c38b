"""A caller learns all that is wrong at once, and reads none of the values back."""

import pytest

from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors


def test_without_faults_nothing_is_raised() -> None:
    FieldErrors().raise_any(ErrorCode.INVALID_QUERY)


def test_all_faults_are_told_in_the_order_they_were_found() -> None:
    faults = FieldErrors()
    faults.add("to", "invalid", "Use a date.")
    faults.add("from", "unknown", "Leave it out.")

    with pytest.raises(ApiError) as caught:
        faults.raise_any(ErrorCode.INVALID_QUERY)

    assert caught.value.error is ErrorCode.INVALID_QUERY
    assert caught.value.details == {
        "fields": [
            {"path": "to", "code": "invalid", "message": "Use a date."},
            {"path": "from", "code": "unknown", "message": "Leave it out."},
        ]
    }


def test_a_long_name_is_cut() -> None:
    faults = FieldErrors()
    faults.add_unknown("x" * 2048, (), "a field")

    with pytest.raises(ApiError) as caught:
        faults.raise_any(ErrorCode.INVALID_QUERY)

    assert caught.value.details is not None
    assert str(caught.value.details).count("x") == 2 * 64
