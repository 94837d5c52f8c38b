"""template.yaml as CloudFormation sees it: transformed by SAM's own translator, never by rules of ours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

REGION = "us-east-1"
STACK_NAME = "pixel-local"

Resource = dict[str, Any]

_SOURCE_PROPERTIES = ("CodeUri", "ContentUri")


class SamTemplate(NamedTuple):
    folder: Path
    parameters: dict[str, Any]
    declared_parameters: dict[str, Any]
    conditions: dict[str, Any]
    resources: dict[str, Resource]
    sources: dict[str, Path]  # logical id -> folder of the code

    def of_type(self, kind: str) -> dict[str, Resource]:
        return {name: resource for name, resource in self.resources.items() if resource["Type"] == kind}


def load(path: Path, overrides: Mapping[str, str], preferences: Mapping[str, str] | None = None) -> SamTemplate:
    """With `overrides` for parameters that it must have, and `preferences` for those that it may have."""
    document = yaml_parse(path.read_text())
    declared = document.get("Parameters", {})
    if unknown := sorted(overrides.keys() - declared.keys()):
        raise TemplateError(f"{path.name} has no parameter {', '.join(unknown)}; it has {', '.join(declared)}")
    chosen = {**(preferences or {}), **overrides}
    parameters = {name: chosen.get(name, spec.get("Default")) for name, spec in declared.items()}
    if missing := [name for name, value in parameters.items() if value is None]:
        raise TemplateError(f"{path.name} gives no default for {', '.join(missing)}; pass --parameter NAME=VALUE")
    sources = _take_sources(document["Resources"], path.parent)
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    transformed = translator.translate(document, parameter_values=dict(parameters))
    return SamTemplate(
        folder=path.parent,
        parameters=parameters,
        declared_parameters=declared,
        conditions=transformed.get("Conditions", {}),
        resources=transformed["Resources"],
        sources=sources,
    )


def _take_sources(resources: dict[str, Resource], folder: Path) -> dict[str, Path]:
    """The translator accepts only code that was uploaded: note where the code is, and name an upload instead."""
    sources = {}
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        for source in _SOURCE_PROPERTIES:
            if isinstance(properties.get(source), str):
                sources[name] = (folder / properties[source]).resolve()
                properties[source] = f"s3://local/{name}"
    return sources


class TemplateError(Exception):
    """The template cannot be started; the message says why."""
