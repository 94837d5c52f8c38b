"""Write the table of roles and their permissions in docs/security.md from the templates; `make docs` runs it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.template.documents import read_template
from tools.marked_blocks import markdown_table, replace_block, write_if_changed
from tools.openapi.routes import LINKS, MAIN

_TEMPLATES = (MAIN, LINKS, "stacks/redirects.yaml", "stacks/automation.yaml")
_PROJECT = Path(__file__).resolve().parents[1]
_MARKS = ("<!-- The table of roles, written by `make docs` -->", "<!-- End of the table -->")
DOCUMENT = _PROJECT / "docs" / "security.md"

Resource = dict[str, Any]


def of_document(text: str) -> str:
    """Return the text of docs/security.md with the table of roles."""
    rows = [row for template in _TEMPLATES for row in _rows_of(template)]
    return replace_block(
        text, *_MARKS, markdown_table(["template", "role", "functions", "may, beside writing its log"], rows)
    )


def _rows_of(template: str) -> Iterator[list[str]]:
    resources: dict[str, Resource] = read_template(_PROJECT / template)["Resources"]
    for role, functions in _functions_by_role(resources).items():
        yield [Path(template).stem, f"`{role}`", _code(functions), _rights(resources[role])]


def _functions_by_role(resources: dict[str, Resource]) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Function":
            role, _ = resource["Properties"]["Role"]["Fn::GetAtt"]
            users.setdefault(role, []).append(Path(resource["Properties"]["CodeUri"]).name)
    return users


def _rights(role: Resource) -> str:
    shown = [
        f"{_code(_as_list(statement['Action']))} on {_code([_name(one) for one in _as_list(statement['Resource'])])}"
        for statement in _statements(role)
        if not _name(_as_list(statement["Resource"])[0]).endswith("LogGroup")
    ]
    return "; ".join(shown) or "nothing"


def _statements(role: Resource) -> Iterator[dict[str, Any]]:
    """Yield the statements of a role where every condition holds."""
    for policy in role["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def _name(resource: dict[str, Any]) -> str:
    """Return a short name: the logical id, with a path below it; of a parameter in SSM, its last part."""
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    if "Ref" in resource:
        return str(resource["Ref"])
    text = re.sub(r"\$\{(\w+)\.Arn\}", r"\1", resource["Fn::Sub"])
    if "/index/" in text or text.endswith("*"):
        return text.rpartition(":")[2].removeprefix("table/")
    return text.rpartition("/")[2] if text.startswith("arn:") else text


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _code(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    write_if_changed(DOCUMENT, of_document(DOCUMENT.read_text()))
