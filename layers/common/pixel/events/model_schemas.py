"""Models of annotated fields, validated by pydantic's core without pydantic itself.

Each type of a field has a check of ours (pixel.field_types), so nothing is left for pydantic to find out. To import it
and to let it look at the models was a third of a cold start of ingest (docs/decisions/0024).
"""

from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from pydantic_core import CoreSchema, core_schema


class Model:
    """Instances are made by pydantic's core: the values in `__dict__`, and what else it keeps in places of its own."""

    __slots__ = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")


class _Required:
    """In place of a default."""


class Field(NamedTuple):
    annotation: Any
    default: Any = _Required

    @property
    def is_required(self) -> bool:
        return self.default is _Required


def fields_of(model: type[Model]) -> dict[str, Field]:
    """By name, those of the base class first."""
    hints = get_type_hints(model, include_extras=True)
    return {name: Field(hint, getattr(model, name, _Required)) for name, hint in hints.items()}


def schema_of(model: type[Model]) -> CoreSchema:
    """It refuses fields that the model does not have."""
    fields = {name: core_schema.model_field(_of_field(field)) for name, field in fields_of(model).items()}
    return core_schema.model_schema(model, core_schema.model_fields_schema(fields, extra_behavior="forbid"))


def _of_field(field: Field) -> CoreSchema:
    options = get_args(field.annotation)
    if get_origin(field.annotation) is Literal:
        found: CoreSchema = core_schema.literal_schema(list(options))
    elif NoneType in options:
        [hint] = set(options) - {NoneType}
        found = core_schema.nullable_schema(_of_check(hint))
    else:
        found = _of_check(field.annotation)
    return found if field.is_required else core_schema.with_default_schema(found, default=field.default)


def _of_check(hint: Any) -> CoreSchema:
    [check] = hint.__metadata__
    return core_schema.no_info_plain_validator_function(check)
