"""The project: .datasource and .pipe files, read by Tinybird's own parser."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

# Tinybird's package does not require lru, but without it its parser silently skips every check of SQL.
import lru as _lru  # noqa: F401 - imported to fail early if it is missing

from local.tinybird import line_numbers
from local.tinybird.errors import ProjectError

os.environ |= {"TB_CLI_TELEMETRY_OPTOUT": "1", "TB_VERSION_WARNING": "0"}
from tinybird.ch_utils.engine import engine_full_from_dict
from tinybird.datafile.common import DatafileSyntaxError
from tinybird.datafile.parse_datasource import parse_datasource
from tinybird.datafile.parse_pipe import parse_pipe
from tinybird.sql import schema_to_sql_columns

QUARANTINE = "_quarantine"
SUFFIXES = (".datasource", ".pipe")
_COLOURS = re.compile(r"\x1b?\[\d+m")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Column(NamedTuple):
    name: str
    type: str
    json_path: str | None
    default: str  # such as "DEFAULT now()", or empty
    definition: str  # as CREATE TABLE takes it


class Token(NamedTuple):
    name: str
    permission: str  # READ or APPEND


@dataclass(frozen=True)
class Datafile:
    name: str
    file: Path
    text: str = field(repr=False)
    tokens: list[Token]

    def line_of(self, pattern: str) -> int | None:
        """Return the first line where the pattern matches, or None."""
        return line_numbers.find(self.text, pattern)


@dataclass(frozen=True)
class Datasource(Datafile):
    columns: list[Column]
    indexes: list[str]
    engine: str  # as CREATE TABLE takes it, with its keys, TTL and settings


class Node(NamedTuple):
    name: str
    sql: str  # without the % that marks a template
    is_template: bool
    line: int | None


@dataclass(frozen=True)
class Pipe(Datafile):
    nodes: list[Node]
    output: str  # the node that other pipes read and that an endpoint returns
    kind: str  # endpoint, materialized, copy, sink, or standard for a pipe that only other pipes read
    target: str | None  # the datasource that a materialized pipe fills


@dataclass(frozen=True)
class Project:
    folder: Path
    datasources: Mapping[str, Datasource]
    pipes: Mapping[str, Pipe]

    @property
    def datafiles(self) -> list[Datafile]:
        return [*self.datasources.values(), *self.pipes.values()]

    @property
    def tables(self) -> set[str]:
        return {*self.datasources, *(name + QUARANTINE for name in self.datasources)}

    @property
    def endpoints(self) -> list[Pipe]:
        return [pipe for pipe in self.pipes.values() if pipe.kind == "endpoint"]


def load(folder: Path) -> Project:
    datasources = [_read_datasource(file) for file in sorted(folder.rglob("*.datasource"))]
    pipes = [_read_pipe(file) for file in sorted(folder.rglob("*.pipe"))]
    known: dict[str, Path] = {}
    for resource in [*datasources, *pipes]:
        if not _NAME.fullmatch(resource.name):
            raise ProjectError(resource.file, None, f"{resource.name!r} is not a valid table name")
        if resource.name in known:
            raise ProjectError(resource.file, None, f"{resource.name!r} is already the name of {known[resource.name]}")
        known[resource.name] = resource.file
    if not datasources:
        raise ProjectError(folder, None, "no .datasource files here")
    return Project(folder, {one.name: one for one in datasources}, {one.name: one for one in pipes})


def _read_datasource(file: Path) -> Datasource:
    parsed = _parse(file, parse_datasource)
    node = parsed.nodes[0]
    engine = node.get("engine") or {}
    if not engine.get("type"):
        raise ProjectError(file, None, "ENGINE is missing")
    definitions = schema_to_sql_columns(node["columns"], skip_jsonpaths=True)
    return Datasource(
        name=file.stem,
        file=file,
        text=file.read_text(),
        tokens=_tokens(parsed.tokens),
        columns=[_column(column, definition) for column, definition in zip(node["columns"], definitions, strict=True)],
        indexes=[index.to_sql() for index in node.get("indexes", [])],
        engine=_engine(file, engine, node["columns"]),
    )


def _engine(file: Path, engine: dict[str, Any], columns: list[dict[str, Any]]) -> str:
    try:
        return str(engine_full_from_dict(engine["type"], dict(engine["args"]), columns=columns))
    except ValueError as failure:
        named = re.search(r"'(engine_\w+)'", str(failure))
        line = line_numbers.find(file.read_text(), rf"^{named[1] if named else 'ENGINE'}\b")
        raise ProjectError(file, line, str(failure)) from failure


def _column(parsed: dict[str, Any], definition: str) -> Column:
    name = parsed["normalized_name"]
    type_ = f"Nullable({parsed['type']})" if parsed["nullable"] else parsed["type"]
    return Column(name, type_, parsed["jsonpath"], parsed["default_value"] or "", definition)


def _read_pipe(file: Path) -> Pipe:
    parsed = _parse(file, parse_pipe)
    text = file.read_text()
    lines = line_numbers.of_nodes(text)
    nodes = []
    for index, node in enumerate(parsed.nodes):
        sql = node["sql"].strip()
        line = lines[index] if index < len(lines) else None
        if sql.endswith(";"):
            raise ProjectError(
                file, line_numbers.of_semicolon(text, line), f"node {node['name']!r} ends with a semicolon"
            )
        nodes.append(Node(node["name"], sql.removeprefix("%"), sql.startswith("%"), line))
    typed = [node for node in parsed.nodes if node.get("type", "standard") != "standard"]
    output = typed[0] if typed else parsed.nodes[-1]
    return Pipe(
        name=file.stem,
        file=file,
        text=text,
        tokens=_tokens(parsed.tokens),
        nodes=nodes,
        output=output["name"],
        kind=output.get("type", "standard"),
        target=output.get("datasource"),
    )


def _parse(file: Path, parser: Any) -> Any:
    try:
        return parser(str(file)).datafile
    except DatafileSyntaxError as failure:
        raise ProjectError(file, failure.lineno, failure.message) from failure
    except Exception as failure:
        # The parser raises many types, among them click's exceptions and bare IndexErrors.
        reason = _COLOURS.sub("", str(failure)).strip() or repr(failure)
        raise ProjectError(file, line_numbers.of_refusal(file.read_text(), reason), reason) from failure


def _tokens(parsed: Iterable[dict[str, str]]) -> list[Token]:
    return [Token(token["token_name"], token["permission"].upper()) for token in parsed]
