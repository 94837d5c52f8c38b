"""YAML of CloudFormation's templates, read by libyaml: ten times as fast as the reader that is written in Python.

Each start of the stack and each process of the tests reads the templates several times.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from samtranslator.yaml_helper import intrinsics_multi_constructor

if TYPE_CHECKING:
    from yaml import SafeLoader as _FastLoader
else:
    # PyYAML is built without libyaml where no wheel fits the machine.
    _FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TemplateLoader(_FastLoader):
    """Reads `!Ref` and the like as the dictionaries that they abbreviate."""


_TemplateLoader.add_multi_constructor("!", intrinsics_multi_constructor)


def read_template(file: Path) -> dict[str, Any]:
    """Read a template with its abbreviated functions (`!Ref`) in their long form."""
    return _read(file.read_text(), _TemplateLoader)


def read_yaml(text: str) -> dict[str, Any]:
    """Read any other document."""
    return _read(text, _FastLoader)


def _read(text: str, loader: type[_FastLoader]) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(text, loader)
    return document
