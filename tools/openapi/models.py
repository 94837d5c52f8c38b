"""JSON Schemas of pydantic models, as the document has them.

Pydantic's generator knows a model's fields, but not what a check of ours accepts. So it is given the schema of each
annotated type that has a check, and writes as little as possible besides: no titles, and no null where it is a default.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BeforeValidator, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from tools.openapi.schema import Schema, nullable

_PLACE = "#/components/schemas/{model}"
_ANY_NUMBER = {"anyOf": [{"type": "integer"}, {"type": "number"}]}
_OF_PYDANTIC = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_MODE: Literal["validation"] = "validation"


def schemas_of(models: Mapping[str, TypeAdapter[Any]], types: Mapping[Any, Schema]) -> dict[str, Schema]:
    """Return the schemas of the models, and of those within them, by name.

    `types` has the schema of each annotated type that the fields are declared with.
    """
    generator = _generator({_check_of(annotation): found for annotation, found in types.items()})
    inputs = [(name, _MODE, adapter) for name, adapter in models.items()]
    found, definitions = TypeAdapter.json_schemas(inputs, ref_template=_PLACE, schema_generator=generator)
    named = {name: found[name, _MODE] for name in models}
    schemas = {
        **{name: schema for name, schema in named.items() if "$ref" not in schema},
        **definitions.get("$defs", {}),
    }
    return {name: _in_words_of_json_schema(schema) for name, schema in schemas.items()}


def _in_words_of_json_schema(found: Any) -> Any:
    """Return the schema with minimum and maximum, where pydantic writes ge and le beside a check of ours."""
    if isinstance(found, list):
        return [_in_words_of_json_schema(one) for one in found]
    if not isinstance(found, dict):
        return found
    words = _OF_PYDANTIC if "type" in found else {}
    return {words.get(name, name): _in_words_of_json_schema(one) for name, one in found.items()}


def adapters_of(*models: type) -> dict[str, TypeAdapter[Any]]:
    """Return each model or TypedDict under its own name."""
    return {model.__name__: TypeAdapter(model) for model in models}


def _check_of(annotation: Any) -> Any:
    [check] = [entry for entry in annotation.__metadata__ if isinstance(entry, BeforeValidator)]
    return check.func


def _generator(by_check: Mapping[Any, Schema]) -> type[GenerateJsonSchema]:
    class Generator(GenerateJsonSchema):
        def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
            if schema["schema"]["type"] == "model-fields":  # a validator of the whole body
                return self.generate_inner(schema["schema"])
            return dict(by_check[schema["function"]["function"]])

        def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
            return nullable(self.generate_inner(schema["schema"]))

        def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
            found = super().default_schema(schema)
            return {name: value for name, value in found.items() if name != "default" or value is not None}

        def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
            return {name: value for name, value in super().model_schema(schema).items() if name != "title"}

        def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
            return {name: value for name, value in super().typed_dict_schema(schema).items() if name != "title"}

        def union_schema(self, schema: core_schema.UnionSchema) -> JsonSchemaValue:
            found = super().union_schema(schema)
            return {"type": "number"} if found == _ANY_NUMBER else found

        def field_title_should_be_set(self, _schema: Any) -> bool:
            return False

    return Generator
