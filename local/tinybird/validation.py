"""Checks of the project before the first request is served, at least as strict as Tinybird's.

The parser accepts unknown tables, columns and functions, conflicting names, and keys over missing columns. So the
tables are created, ClickHouse analyses each node, and each endpoint is called once, unless the same project has passed
these checks before (proven.py).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from local.tinybird import tables
from local.tinybird.composition import Composer, CompositionError
from local.tinybird.datafiles import Node, Pipe, Project
from local.tinybird.errors import ProjectError
from local.tinybird.proven import prove_once
from local.tinybird.storage import QueryError, Storage
from local.tinybird.templates import Parameter, TemplateError, parameters

_WORKSPACE = {"workspace_id": "trial"}
# Unknown functions, columns or tables, and invalid SQL are errors with any parameter value.
_WRONG_WITH_ANY_VALUE = {16, 46, 47, 60, 62}
# Checks names, types and functions; planning the query would take several times as long.
_ANALYSE = "EXPLAIN QUERY TREE run_passes = 1, passes = 1 "
_COLUMN_FUNCTIONS = ("column(", "columns(", "symbol(", "Column(", "Symbol(")


class _Attempt(NamedTuple):
    values: Mapping[str, Any]
    is_valid: bool  # whether a caller might send these values; if not, a failure may be due to a made-up value
    is_trial: bool = False  # ignores error() in templates


class _Attempts(NamedTuple):
    """The parameter sets to try, with the fewest parameters and with all of them; the first that renders is used."""

    fewest: list[_Attempt]
    all: list[_Attempt]


def check_names(project: Project) -> None:
    """Check the names of nodes and targets, before anything is created."""
    for pipe in project.pipes.values():
        seen: set[str] = set()
        for node in pipe.nodes:
            if node.name in seen:
                raise ProjectError(pipe.file, node.line, f"there are two nodes {node.name!r}")
            if node.name == pipe.name:
                raise ProjectError(pipe.file, node.line, f"node {node.name!r} has the name of its pipe")
            if node.name in project.tables or node.name in project.pipes:
                raise ProjectError(pipe.file, node.line, f"node {node.name!r} has the name of a datasource or a pipe")
            seen.add(node.name)
        if pipe.kind == "materialized" and pipe.target not in project.datasources:
            raise ProjectError(pipe.file, pipe.line_of(r"^DATASOURCE\b"), f"Resource '{pipe.target}' not found")


def open_project(project: Project, storage: Storage) -> None:
    """Create the tables and check that every pipe runs on them."""
    check_names(project)
    try:
        tables.create(project, storage)
    except CompositionError as failure:
        raise _project_error(failure) from failure
    files = {str(one.file.relative_to(project.folder)): one.text for one in project.datafiles}
    prove_once(files, lambda: _try_pipes(project, storage))


def _try_pipes(project: Project, storage: Storage) -> None:
    trial = _Trial(project, storage)
    for pipe in [*project.endpoints, *project.pipes.values()]:
        for node in [node for node in pipe.nodes if node.name == pipe.output] + pipe.nodes:
            trial.check(pipe, node)


class _Trial:
    def __init__(self, project: Project, storage: Storage) -> None:
        self._project = project
        self._storage = storage
        self._checked: set[tuple[str, str]] = set()
        self._refusal: TemplateError | None = None

    def check(self, pipe: Pipe, node: Node) -> None:
        """Check the node and all that it reads: an endpoint is called, everything else is only analysed."""
        if (pipe.name, node.name) in self._checked:
            return
        attempts = _attempts(self._project, pipe)
        for attempt in attempts.fewest:
            if composed := self._compose(pipe, node, attempt):
                is_call = pipe.kind == "endpoint" and node.name == pipe.output and attempt.is_valid
                self._run(pipe, node, attempt, composed, is_call=is_call)
                self._checked.update(composed[0].used)
                break
        else:
            raise ProjectError(pipe.file, node.line, f"node {node.name!r}: {self._refusal}") from self._refusal
        for attempt in attempts.all:
            if composed := self._compose(pipe, node, attempt):
                self._run(pipe, node, attempt, composed, is_call=False)
                break

    def _compose(self, pipe: Pipe, node: Node, attempt: _Attempt) -> tuple[Composer, str] | None:
        """Compose the node's query, or return None if the template refuses these values."""
        composer = Composer(self._project, attempt.values, trial=attempt.is_trial)
        try:
            return composer, composer.compose(pipe, node.name)
        except TemplateError as refusal:
            self._refusal = refusal
            return None
        except CompositionError as failure:
            raise _project_error(failure) from failure

    def _run(self, pipe: Pipe, node: Node, attempt: _Attempt, composed: tuple[Composer, str], *, is_call: bool) -> None:
        composer, sql = composed
        failure = self._failure_of(sql if is_call else _ANALYSE + sql, attempt)
        if failure is None:
            return
        # Blame the first of the composed nodes that fails on its own.
        for (pipe_name, node_name), part in composer.used.items():
            if found := self._failure_of(_ANALYSE + part, attempt):
                pipe, failure = self._project.pipes[pipe_name], found
                node = next(node for node in pipe.nodes if node.name == node_name)
                break
        raise ProjectError(pipe.file, node.line, f"node {node.name!r}: {failure}") from failure

    def _failure_of(self, sql: str, attempt: _Attempt) -> QueryError | None:
        try:
            self._storage.read_now(sql)
        except QueryError as failure:
            is_certain = attempt.is_valid and failure.code != QueryError.TIMEOUT
            return failure if is_certain or failure.code in _WRONG_WITH_ANY_VALUE else None
        return None


def _attempts(project: Project, pipe: Pipe) -> _Attempts:
    read = _reached(project, pipe, {})
    mentions = [parameter for one in read for node in one.nodes for parameter in parameters(node)]
    # Of all uses of a parameter, take the most specific one.
    found = {mention.name: mention for mention in sorted(mentions, key=lambda mention: mention.certainty)}
    required = {mention.name for mention in mentions if mention.is_required}
    undefined = {name for name, mention in found.items() if mention.default is None}
    needed = _values(found, undefined)
    every = _values(found, set(found))
    # A made-up value cannot be the name of a column.
    takes_columns = any(function in node.sql for one in read for node in one.nodes for function in _COLUMN_FUNCTIONS)
    return _Attempts(
        [
            _Attempt(_WORKSPACE, is_valid=True),
            _Attempt(_values(found, required), is_valid=True),
            _Attempt(needed, is_valid=False),
            _Attempt(needed, is_valid=False, is_trial=True),
        ],
        [] if takes_columns else [_Attempt(every, is_valid=False), _Attempt(every, is_valid=False, is_trial=True)],
    )


def _values(found: Mapping[str, Parameter], names: set[str]) -> dict[str, Any]:
    return {**{name: found[name].trial for name in names}, **_WORKSPACE}


def _reached(project: Project, pipe: Pipe, seen: dict[str, Pipe]) -> list[Pipe]:
    """Return the pipe and those that its SQL mentions, which may be more than it reads."""
    seen[pipe.name] = pipe
    for other in project.pipes.values():
        if other.name not in seen and any(other.name in node.sql for node in pipe.nodes):
            _reached(project, other, seen)
    return list(seen.values())


def _project_error(failure: CompositionError) -> ProjectError:
    return ProjectError(failure.pipe.file, failure.node.line, f"node {failure.node.name!r}: {failure}")
