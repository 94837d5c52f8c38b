"""The basis of all record models: limits, field types, and the conversion of validation errors to field errors.

The check of a field raises a custom error of pydantic with its own code and message, because pydantic's messages may
contain the value.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from pixel.foundation.clock import from_iso, now, to_iso
from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors
from pixel.foundation.ids import WEBSITE_ID, WEBSITE_ID_FORM
from pixel.http.field_checks import Fields, add_faults, errors_of, invalid, wrong_type

NAME_CHARACTERS_MAX: Final = 100
DOMAIN_CHARACTERS_MAX: Final = 253
SELECTOR_CHARACTERS_MAX: Final = 500
RECIPIENTS_MAX: Final = 20
PASSWORD_CHARACTERS_MIN: Final = 8
PASSWORD_CHARACTERS_MAX: Final = 128
DAYS_MAX: Final = 3650

UNCHANGED: Any = None
"""The default of an optional field of a change. It is never used, because `given` returns only fields that were set."""


class InvalidFieldsError(ApiError):
    """The given fields are invalid. `faults` names fields by path, such as `recipients.1`."""

    def __init__(self, faults: FieldErrors) -> None:
        self.faults = faults.found
        super().__init__(ErrorCode.INVALID_BODY, details=faults.as_error(ErrorCode.INVALID_BODY).details)


class RecordModel(BaseModel):
    """The base of the models of new records and of changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True)

    def changed(self) -> dict[str, object]:
        """Return the fields that were set, of which a change needs at least one."""
        if not self.model_fields_set:
            faults = FieldErrors()
            faults.add("body", "missing", f"Nothing to change; send at least one of {', '.join(names_of(type(self)))}.")
            raise InvalidFieldsError(faults)
        return self.given()

    def given(self) -> dict[str, object]:
        """Return the fields that were set, in their stored form."""
        return {name: _stored(getattr(self, name)) for name in type(self).model_fields if name in self.model_fields_set}


def checked[Model: RecordModel](model: type[Model], given: Mapping[str, object]) -> Model:
    """Return the validated model. Raises InvalidFieldsError with all errors."""
    try:
        return model.model_validate(given)
    except ValidationError as failure:
        faults = FieldErrors()
        errors = errors_of(failure, model.model_validate, given)
        # Pydantic places the fault of a default under the name of the field, and others under that of the body.
        written = dict(zip(model.model_fields, names_of(model), strict=True))
        add_faults(faults, errors, Fields(names_of(model), "a field of this record", written))
        raise InvalidFieldsError(faults) from None


def names_of(model: type[BaseModel]) -> list[str]:
    """Return the names by which a body gives the fields of a model."""
    return [field.alias or name for name, field in model.model_fields.items()]


def text(value: Any) -> str:
    """Return the value, which must be text."""
    if not isinstance(value, str):
        raise wrong_type("must be text.")
    return value


def one_of(choice: Any) -> BeforeValidator:
    """Return the check of a field whose value must be one of a Literal's."""
    allowed: tuple[str, ...] = get_args(choice)

    def check(value: Any) -> str:
        word = text(value)
        if word not in allowed:
            raise invalid(f"must be {', '.join(allowed[:-1])} or {allowed[-1]}.")
        return word

    return BeforeValidator(check)


def chosen(value: Any, allowed: tuple[str, ...]) -> list[str]:
    """Return the values of a list of choices, each once, in the order in which they are shown."""
    if not isinstance(value, list | tuple):
        raise wrong_type("must be an array.")
    given = [text(one) for one in value]
    if not given or set(given) - set(allowed):
        raise invalid(f"must have at least one of {', '.join(allowed)}, and nothing else.")
    return [one for one in allowed if one in given]


def _name(value: Any) -> str:
    name = text(value).strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise invalid(f"must have 1 to {NAME_CHARACTERS_MAX} printable characters.")
    return name


def _website_id(value: Any) -> str:
    if not re.fullmatch(WEBSITE_ID, text(value)):
        raise invalid(WEBSITE_ID_FORM)
    return str(value)


def _expiry(value: Any) -> datetime:
    written = value if isinstance(value, datetime) else text(value)
    try:
        moment = (written if isinstance(written, datetime) else from_iso(written)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid("must be an ISO 8601 instant with a time zone, such as 2030-12-31T18:00:00Z.") from None
    if moment <= now():
        raise invalid("must be in the future.")
    return moment.replace(microsecond=0)


def _days(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not 1 <= value <= DAYS_MAX:
        raise invalid(f"must be a number of days from 1 to {DAYS_MAX}.")
    return value


def _only_expiry(days: int, info: ValidationInfo) -> int:
    if info.data.get("expires_at") is not None:
        raise invalid("must not be sent together with `expires_at`; send one of them.")
    return days


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_type("must be true or false.")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
Name = Annotated[str, BeforeValidator(_name), Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
WebsiteId = Annotated[str, BeforeValidator(_website_id), Field(pattern=rf"^{WEBSITE_ID}$")]
Expiry = Annotated[datetime, BeforeValidator(_expiry)]
Days = Annotated[int, BeforeValidator(_days), AfterValidator(_only_expiry), Field(ge=1, le=DAYS_MAX)]


def _stored(value: object) -> object:
    return to_iso(value) if isinstance(value, datetime) else value
