"""Write the catalogue of pipes: pages for people, and pipes.json in the layer for the functions.

`python -m tools.pipe_catalogue` writes docs/pipes.md and pipes.json from the .pipe files of pipes p_..., which callers
may query, and docs/link-pipes.md from those of pipes l_...; it runs in the stand-in's environment.
Parameters are those that a file describes, its own and those of the shared pipes that it reads. Columns are what
ClickHouse returns on empty tables. The pages are written by hand down to a marker, and by this program below it.
"""

import argparse
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tinybird.datafile.parse_pipe import parse_pipe

from local.tinybird import datafiles, tables
from local.tinybird.composition import Composer
from local.tinybird.datafiles import Pipe, Project
from local.tinybird.storage import Storage
from local.tinybird.templates import TemplateError
from tools.pipe_parameters import Use, uses

REPOSITORY = Path(__file__).resolve().parent.parent
DOCUMENT = Path("docs/pipes.md")
LINKS_DOCUMENT = Path("docs/link-pipes.md")
CATALOGUE = Path("layers/common/pixel/tinybird/pipes.json")
MARKER = "<!-- From here on written by `make docs`, from the files in tinybird/. -->"
_PUBLISHED = "p_"  # other endpoints are for functions of the API alone
_OF_LINKS = "l_"
# Values of the parameters that a pipe may require, alone or in place of another one.
_EXAMPLES = {
    "workspace_id": "ws_example",
    "visitor_id": "example",
    "external_id_hash": "example",
    "property_key": "example",
    "steps": "/,/pricing",
    "link_ids": "link_example",
    "dimensions": "country",
}
# Parameters of shared pipes that a pipe refuses or does not use.
_NOT_TAKEN = {
    "l_live": {"date_from", "date_to"},
    "l_top": {"dimensions"},
    "p_attributed_revenue": {"before"},
    "p_funnel": {"strict", "breakdown", "limit"},
    "p_overview": {"before", "visitor_id", "external_id_hash"},
    "p_realtime_visitors": {"date_from", "date_to"},
}
_REFUSAL = re.compile(r"\berror\(\s*'([^']+)'\s*\)")
_FIXED = re.compile(r"(\w+) must be (\w+), which tokens of the API fix")
_RANGE = re.compile(r"(\w+) must be from (\d+) to (\d+)\b")
_CHOICES = re.compile(r"(\w+) must be ([\w, ]+ or \w+)$")


class Parameter(NamedTuple):
    name: str
    type: str
    required: bool
    default: str | float | None
    description: str
    lowest: int | None = None  # of a whole number
    highest: int | None = None
    values: tuple[str, ...] = ()  # all that the pipe takes, or none if it takes others too


class Column(NamedTuple):
    name: str
    type: str


class Described(NamedTuple):
    name: str
    description: str
    parameters: list[Parameter]
    columns: list[Column]
    fixed: dict[str, str]  # what a token must fix beside the workspace
    refusals: list[str]


class CatalogueError(Exception):
    """A pipe cannot be described; the message says which and why."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.pipe_catalogue")
    parser.add_argument("--into", type=Path, default=REPOSITORY, help="folder to write the two files under")
    into = parser.parse_args().into
    described = describe(datafiles.load(REPOSITORY / "tinybird"))
    published = [pipe for pipe in described if pipe.name.startswith(_PUBLISHED)]
    of_links = [pipe for pipe in described if pipe.name.startswith(_OF_LINKS)]
    texts = {
        CATALOGUE: to_json(published),
        DOCUMENT: to_document(published, DOCUMENT),
        LINKS_DOCUMENT: to_document(of_links, LINKS_DOCUMENT),
    }
    for file, text in texts.items():
        target = into / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def describe(project: Project) -> list[Described]:
    storage = Storage(None, query_seconds_max=60)
    try:
        tables.create(project, storage)
        shown = [pipe for pipe in project.endpoints if pipe.name.startswith((_PUBLISHED, _OF_LINKS))]
        return [_describe(project, storage, pipe) for pipe in sorted(shown, key=lambda pipe: pipe.name)]
    finally:
        storage.close()


def _describe(project: Project, storage: Storage, pipe: Pipe) -> Described:
    parameters = _parameters(project, pipe)
    values = {**_examples({parameter.name for parameter in parameters}), **_fixed(project, pipe)}
    meta = json.loads(storage.read_now(Composer(project, values).compose(pipe)).body)["meta"]
    columns = [Column(found["name"], found["type"]) for found in meta]
    refusals = _refusals(project, pipe)
    return Described(pipe.name, _description(pipe), parameters, columns, _fixed(project, pipe), refusals)


def _description(pipe: Pipe) -> str:
    text = " ".join(str(parse_pipe(str(pipe.file)).datafile.description or "").split())
    if not text:
        raise CatalogueError(f"{pipe.file}: DESCRIPTION is missing")
    return text


def _parameters(project: Project, pipe: Pipe) -> list[Parameter]:
    """Return the parameters, required ones first, then by name.

    One without a description is passed between the pipes and is not for callers.
    """
    read = list(_read_by(project, pipe, {pipe.name}))
    templates = {one.name: [node.sql for node in one.nodes if node.is_template] for one in read}
    found: dict[str, Use] = {}
    for use in (use for of_one in templates.values() for template in of_one for use in uses(template)):
        if use.description and use.name not in _NOT_TAKEN.get(pipe.name, ()):
            found.setdefault(use.name, use)
    own = {use.name for template in templates[pipe.name] for use in uses(template)}
    if nameless := own - set(found) - _NOT_TAKEN.get(pipe.name, set()):
        raise CatalogueError(f"{pipe.file}: no description of {', '.join(sorted(nameless))}")
    required = _required(project, pipe, set(found))
    refusals = _refusals(project, pipe)
    parameters = [_parameter(use, refusals, is_required=name in required) for name, use in found.items()]
    return sorted(parameters, key=lambda parameter: (not parameter.required, parameter.name))


def _parameter(use: Use, refusals: list[str], *, is_required: bool) -> Parameter:
    """Return the parameter with the bounds and the values that the pipe's refusals name."""
    ranges = {found.groups()[1:] for said in refusals if (found := _RANGE.match(said)) and found[1] == use.name}
    choices = {found[2] for said in refusals if (found := _CHOICES.match(said)) and found[1] == use.name}
    if len(ranges) > 1 or len(choices) > 1:
        raise CatalogueError(f"the pipes differ in what {use.name} must be")
    if use.type.startswith("Int") and not ranges | choices:
        raise CatalogueError(f"no refusal says what {use.name} must be")
    lowest, highest = next(iter(ranges), (None, None))
    return Parameter(
        name=use.name,
        type=use.type,
        required=is_required,
        default=use.default,
        description=use.description,
        lowest=None if lowest is None else int(lowest),
        highest=None if highest is None else int(highest),
        values=tuple(value for named in choices for value in re.split(r", | or ", named)),
    )


def _fixed(project: Project, pipe: Pipe) -> dict[str, str]:
    return {found[1]: found[2] for said in _refusals(project, pipe) if (found := _FIXED.match(said))}


def _examples(names: set[str]) -> dict[str, str]:
    return {name: example for name, example in _EXAMPLES.items() if name in names}


def _refusals(project: Project, pipe: Pipe) -> list[str]:
    """Return the sentences of error() in the pipe and in those that it reads."""
    read = _read_by(project, pipe, {pipe.name})
    return sorted({said for one in read for node in one.nodes for said in _REFUSAL.findall(node.sql)})


def _required(project: Project, pipe: Pipe, names: set[str]) -> set[str]:
    """Return the names without which the pipe does not render."""
    examples = _examples(names)
    fixed = _fixed(project, pipe)
    Composer(project, {**examples, **fixed}).compose(pipe)
    return {name for name in examples if not _renders(project, pipe, {**examples, **fixed, name: None})}


def _renders(project: Project, pipe: Pipe, values: dict[str, str | None]) -> bool:
    try:
        Composer(project, {name: value for name, value in values.items() if value is not None}).compose(pipe)
    except TemplateError:
        return False
    return True


def _read_by(project: Project, pipe: Pipe, seen: set[str]) -> Iterator[Pipe]:
    """Yield the pipe, then those that it reads, so that its own description of a parameter comes first."""
    yield pipe
    named = {name for node in pipe.nodes for name in _named_in(node.sql)}
    for other in project.pipes.values():
        if other.name in named - seen:
            seen.add(other.name)
            yield from _read_by(project, other, seen)


@cache
def _named_in(sql: str) -> frozenset[str]:
    """Return the names that follow FROM and JOIN."""
    return frozenset(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", sql))


def to_json(described: list[Described]) -> str:
    """Return compact JSON, because functions load it, with a line for each pipe, because people read diffs."""
    lines = []
    for pipe in described:
        content = {
            **pipe._asdict(),
            "parameters": [_to_entry(parameter) for parameter in pipe.parameters],
            "columns": [column._asdict() for column in pipe.columns],
        }
        lines.append(json.dumps(content, ensure_ascii=False, separators=(",", ":")))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _to_entry(parameter: Parameter) -> dict[str, object]:
    """Return the parameter without the bounds and values that it does not have, because functions parse all of it."""
    optional = Parameter._field_defaults
    return {
        name: value for name, value in parameter._asdict().items() if name not in optional or value != optional[name]
    }


def to_document(described: list[Described], document: Path) -> str:
    by_hand = (REPOSITORY / document).read_text().partition(MARKER)[0]
    shared = _shared(described)
    parts = [by_hand.rstrip() + f"\n\n{MARKER}\n", "## Common parameters\n", _parameter_table(shared)]
    parts.append("## The pipes\n")
    parts += [part for pipe in described for part in _section(pipe, shared)]
    return "\n".join(parts).rstrip() + "\n"


def _shared(described: list[Described]) -> list[Parameter]:
    """Return the parameters that most pipes take and describe in the same words."""
    all_of_them = [parameter for pipe in described for parameter in pipe.parameters]
    common = []
    for parameter in all_of_them:
        if parameter not in common and all_of_them.count(parameter) > len(described) / 2:
            common.append(parameter)
    return sorted(common, key=lambda parameter: (not parameter.required, parameter.name))


def _section(pipe: Described, shared: list[Parameter]) -> Iterator[str]:
    yield f"### {pipe.name}\n"
    yield f"{pipe.description}\n"
    own = [parameter for parameter in pipe.parameters if parameter not in shared]
    if own:
        yield _parameter_table(own)
    taken = [parameter.name for parameter in shared if parameter in pipe.parameters]
    names = {parameter.name for parameter in pipe.parameters}
    missing = [parameter.name for parameter in shared if parameter.name not in names]
    if not missing:
        yield "All common parameters.\n"
    elif len(missing) <= len(taken):
        yield f"All common parameters but {_names(missing)}.\n"
    else:
        yield f"Of the common parameters {_names(taken)}.\n"
    rows = [f"| `{column.name}` | {column.type} |" for column in pipe.columns]
    yield "\n".join(["| column | type |", "|---|---|", *rows]) + "\n"


def _parameter_table(parameters: list[Parameter]) -> str:
    head = ["| parameter | type | default | |", "|---|---|---|---|"]
    return "\n".join([*head, *(_parameter_row(parameter) for parameter in parameters)]) + "\n"


def _parameter_row(parameter: Parameter) -> str:
    default = "required" if parameter.required else "" if parameter.default is None else f"`{parameter.default}`"
    description = parameter.description.replace("|", "\\|")
    return f"| `{parameter.name}` | {parameter.type} | {default.replace('``', '')} | {description} |"


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    main()
