"""Names of fields: callers of this API write `shortCode` for what is stored as `short_code`."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from pydantic import ConfigDict

from pixel.foundation.errors import FieldError
from pixel.workspaces.models import RecordModel

_LETTER_BEHIND = re.compile(r"_([a-z0-9])")
_QUOTED = re.compile(r"`([a-z][a-z0-9_.]*)`")


def camel_case(name: str) -> str:
    """Return a stored name as callers write it."""
    return _LETTER_BEHIND.sub(lambda match: match[1].upper(), name)


@cache
def as_written[Model: RecordModel](model: type[Model]) -> type[Model]:
    """Return a model that reads the names that callers write, and no others."""
    config = ConfigDict(alias_generator=camel_case)
    return cast("type[Model]", type(model.__name__, (model,), {"model_config": config, "__module__": __name__}))


def fault_as_written(fault: FieldError) -> FieldError:
    """Return a fault of the store, which knows stored names alone."""
    message = _QUOTED.sub(lambda match: f"`{camel_case(match[1])}`", fault.message)
    return FieldError(camel_case(fault.path), fault.code, message)


def with_names_as_written(values: Mapping[str, Any]) -> dict[str, Any]:
    return {camel_case(name): value for name, value in values.items()}


def moment_as_written(stored: str | None) -> str | None:
    """Return an instant, which is stored in whole seconds, with its milliseconds."""
    return None if stored is None else f"{stored.removesuffix('Z')}.000Z"
