"""Templates of the product with changes, which a stack can start from another folder."""

import json
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

_SOURCES = ("CodeUri", "ContentUri", "Location")


def read(file: Path) -> dict[str, Any]:
    """Return a template whose folders of code and nested templates are absolute."""
    document: dict[str, Any] = json.loads(json.dumps(yaml_parse(file.read_text())))
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        for source in _SOURCES:
            if source in properties:
                properties[source] = str((file.parent / properties[source]).resolve())
    return document


def write(file: Path, document: dict[str, Any]) -> Path:
    file.write_text(json.dumps(document))
    return file
