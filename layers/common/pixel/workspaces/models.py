"""What all models of records are made of: limits, types of fields, and the one way from faults to field errors.

A field's check raises an error of pydantic's with a code and a sentence of ours, because pydantic's own sentences may
repeat the value.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from pixel.aws.tables import Item
from pixel.foundation.clock import from_iso, now, to_iso
from pixel.foundation.errors import ApiError, ErrorCode, FieldError, FieldErrors
from pixel.foundation.ids import WEBSITE_ID, WEBSITE_ID_FORM
from pixel.workspaces.kinds import RecordKind
from pixel.workspaces.store import Store

NAME_CHARACTERS_MAX: Final = 100
DOMAIN_CHARACTERS_MAX: Final = 253
SELECTOR_CHARACTERS_MAX: Final = 500
RECIPIENTS_MAX: Final = 20
PASSWORD_CHARACTERS_MIN: Final = 8
PASSWORD_CHARACTERS_MAX: Final = 128

UNCHANGED: Any = None
"""Default of a field that a change need not have. It is never read: what was given says pydantic."""

_SENTENCES: Final = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field; remove it.",
    "bool_type": "This must be true or false.",
    "bool_parsing": "This must be true or false.",
}
_CODES: Final = {"missing": "missing", "extra_forbidden": "unknown", "bool_type": "wrong_type"}
_OURS: Final = ("invalid", "wrong_type")


class InvalidFieldsError(ApiError):
    """Everything that is wrong with the fields given. `faults` name fields by their path, such as `recipients.1`."""

    def __init__(self, faults: FieldErrors) -> None:
        self.faults = faults.found
        super().__init__(ErrorCode.INVALID_BODY, details={"fields": [fault._asdict() for fault in faults.found]})


class RecordModel(BaseModel):
    """Base of the models of records to be created and of changes to them."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True)

    def given(self) -> dict[str, object]:
        """Return the fields that were given, as they are stored."""
        return {name: _stored(getattr(self, name)) for name in type(self).model_fields if name in self.model_fields_set}


def checked[Model: RecordModel](model: type[Model], given: Mapping[str, object]) -> Model:
    """Return the model of what was given. Raise InvalidFieldsError with all that is wrong with it."""
    try:
        return model.model_validate(given)
    except ValidationError as failure:
        faults = FieldErrors()
        for error in failure.errors(include_url=False, include_input=False):
            kind, path = error["type"], ".".join(map(str, error["loc"]))
            if kind in _OURS:
                faults.add(path, kind, error["msg"])
            else:
                faults.add(path, _CODES.get(kind, "invalid"), _SENTENCES.get(kind, "This value cannot be used."))
        raise InvalidFieldsError(faults) from None


def invalid(sentence: str) -> PydanticCustomError:
    """Return the error of a value that breaks a rule. The sentence is a literal: it holds no value and no braces."""
    return PydanticCustomError("invalid", sentence)


def wrong_type(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_type", sentence)


def text(value: Any) -> str:
    """Return the value if it is a string."""
    if not isinstance(value, str):
        raise wrong_type("This must be a string.")
    return value


def one_of(choice: Any) -> BeforeValidator:
    """Return the check of a field that takes one of the words of a Literal."""
    allowed: tuple[str, ...] = get_args(choice)

    def check(value: Any) -> str:
        word = text(value)
        if word not in allowed:
            raise invalid(f"Choose one of {', '.join(allowed)}.")
        return word

    return BeforeValidator(check)


def _name(value: Any) -> str:
    name = text(value).strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise invalid(f"A name has 1 to {NAME_CHARACTERS_MAX} printable characters.")
    return name


def _website_id(value: Any) -> str:
    if not WEBSITE_ID.fullmatch(text(value)):
        raise invalid(f"This {WEBSITE_ID_FORM}")
    return str(value)


def _expiry(value: Any) -> datetime:
    written = value if isinstance(value, datetime) else text(value)
    try:
        moment = (written if isinstance(written, datetime) else from_iso(written)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid("Write an instant of ISO 8601 with its zone, such as 2030-12-31T18:00:00Z.") from None
    if moment <= now():
        raise invalid("This has passed already; an expiry lies ahead.")
    return moment.replace(microsecond=0)


Name = Annotated[str, BeforeValidator(_name), Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
WebsiteId = Annotated[str, BeforeValidator(_website_id), Field(pattern=rf"^{WEBSITE_ID.pattern}$")]
Expiry = Annotated[datetime, BeforeValidator(_expiry)]


def _agrees(_item: Mapping[str, Any]) -> Iterator[FieldError]:
    return iter(())


class Rules(NamedTuple):
    """How records of one kind are created and changed."""

    kind: RecordKind
    new: type[RecordModel]
    changes: type[RecordModel]
    disagreements: Callable[[Mapping[str, Any]], Iterator[FieldError]] = _agrees
    """Faults between the attributes of a whole item, which a change may cause although it is right by itself."""
    initial: Mapping[str, object] = {}  # attributes that nobody gives

    def create(self, store: Store, workspace_id: str, new: RecordModel, *, record_id: str | None = None) -> Item:
        """Create a record of a website."""
        values = new.given()
        website_id = str(values.pop("website_id"))
        return store.create(
            self.kind, workspace_id, {**self.initial, **values}, website_id=website_id, record_id=record_id
        )

    def update(self, store: Store, workspace_id: str, record_id: str, changes: RecordModel) -> Item:
        """Change what is given. All fields must still be as they were read, because the new ones agree with these and
        perhaps not with others."""
        return store.update(
            self.kind,
            workspace_id,
            record_id,
            changes.given(),
            depends_on=tuple(self.changes.model_fields),
            check=self.require_agreement,
        )

    def require_agreement(self, item: Mapping[str, Any]) -> None:
        faults = FieldErrors()
        for fault in self.disagreements(item):
            faults.add(*fault)
        if faults.found:
            raise InvalidFieldsError(faults)


def _stored(value: object) -> object:
    return to_iso(value) if isinstance(value, datetime) else value
