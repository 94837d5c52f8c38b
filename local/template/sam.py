"""A template as CloudFormation gets it, transformed by SAM's own translator.

The translator copies the whole API twice for each of its routes, which takes two thirds of the time. Here, it adds all
routes to one document.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import boto3
from samtranslator.metrics.metrics import Metrics
from samtranslator.parser.parser import Parser
from samtranslator.swagger import swagger
from samtranslator.translator.translator import Translator

from local.template import REGION, STACK_NAME
from local.template.documents import read_template

Resource = dict[str, Any]

_SOURCE_PROPERTIES = ("CodeUri", "ContentUri")
_NESTED_STACK = "AWS::CloudFormation::Stack"
_SWAGGER: Any = swagger
_SWAGGER._deepcopy = lambda document: document  # noqa: SLF001 - it has no other way in


class SamTemplate(NamedTuple):
    folder: Path
    parameters: dict[str, Any]
    declared_parameters: dict[str, Any]
    conditions: dict[str, Any]
    resources: dict[str, Resource]
    sources: dict[str, Path]  # logical id -> folder of the code
    outputs: Mapping[str, Any] = MappingProxyType({})
    path: tuple[str, ...] = ()  # logical ids of the nested stacks that lead to this template; none for the main one

    @property
    def stack_name(self) -> str:
        return "-".join((STACK_NAME, *self.path))

    def default_id(self, name: str) -> str:
        """Return the physical id of a resource for which no store was created, such as a function."""
        return "-".join((*self.path, name))

    def nested_stacks(self) -> dict[str, Resource]:
        return self.of_type(_NESTED_STACK)

    def of_type(self, kind: str) -> dict[str, Resource]:
        return {name: resource for name, resource in self.resources.items() if resource["Type"] == kind}


def load(
    path: Path,
    overrides: Mapping[str, str],
    preferences: Mapping[str, str] | None = None,
    *,
    nested_as: tuple[str, ...] = (),
) -> SamTemplate:
    """Load a template, with `overrides` for parameters that it must have and `preferences` for those it may have."""
    try:
        document = read_template(path)
    except OSError as failure:
        raise TemplateError(f"the template {path} cannot be read: {failure.strerror}") from failure
    declared = document.get("Parameters", {})
    if unknown := sorted(overrides.keys() - declared.keys()):
        raise TemplateError(f"{path.name} has no parameter {', '.join(unknown)}; it has {', '.join(declared)}")
    chosen = {**(preferences or {}), **overrides}
    parameters = {name: chosen.get(name, spec.get("Default")) for name, spec in declared.items()}
    if missing := [name for name, value in parameters.items() if value is None]:
        raise TemplateError(f"{path.name} gives no default for {', '.join(missing)}; pass --parameter NAME=VALUE")
    sources = _take_sources(document["Resources"], path.parent)
    metrics = Metrics()  # publishes nothing, but warns of metrics that were not published
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION), metrics=metrics)
    try:
        transformed = translator.translate(document, parameter_values=dict(parameters))
    finally:
        metrics.publish()
    return SamTemplate(
        folder=path.parent,
        parameters=parameters,
        declared_parameters=declared,
        conditions=transformed.get("Conditions", {}),
        resources=transformed["Resources"],
        sources=sources,
        outputs=transformed.get("Outputs", {}),
        path=nested_as,
    )


def load_nested(parent: SamTemplate, name: str, parameters: Mapping[str, Any]) -> SamTemplate:
    """Load the template of a nested stack, with the parameters that the parent passes."""
    location = parent.resources[name]["Properties"]["TemplateURL"]
    if not isinstance(location, str) or "://" in location:
        raise TemplateError(f"the embedded stack nests templates by a path in the project; {name} has {location}")
    given = {parameter: str(value) for parameter, value in parameters.items()}
    return load((parent.folder / location).resolve(), given, nested_as=(*parent.path, name))


def _take_sources(resources: dict[str, Resource], folder: Path) -> dict[str, Path]:
    """Return the code folders, and replace them by an upload, because the translator accepts only uploaded code."""
    sources = {}
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        for source in _SOURCE_PROPERTIES:
            if isinstance(properties.get(source), str):
                sources[name] = (folder / properties[source]).resolve()
                properties[source] = f"s3://local/{name}"
    return sources


class TemplateError(Exception):
    """The stack cannot run the template; the message says why."""
