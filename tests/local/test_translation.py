"""The translation of a template without copies of its API is what SAM's translator makes of it by itself."""

import copy
import json
import re
from pathlib import Path

import pytest

from local.template import sam
from local.template.documents import read_template
from tests.template.document import ROOT
from tests.thorough import some_of

_TEMPLATES = [ROOT / "template.yaml", *sorted((ROOT / "stacks").glob("*.yaml"))]
_ID_OF_DEPLOYMENT = re.compile(r"Deployment[0-9a-f]{10}|deployment id: [0-9a-f]{40}")  # another one each time


@pytest.mark.parametrize("path", some_of(_TEMPLATES, 1), ids=lambda path: path.name)
def test_a_translation_is_what_the_translator_makes_by_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = _translated(path)

    monkeypatch.setattr("samtranslator.swagger.swagger._deepcopy", copy.deepcopy)

    assert ours == _translated(path)


def _translated(path: Path) -> str:
    declared = read_template(path).get("Parameters", {})
    template = sam.load(path, {name: "given" for name, spec in declared.items() if "Default" not in spec})
    return _ID_OF_DEPLOYMENT.sub("", json.dumps(template.resources, sort_keys=True))
