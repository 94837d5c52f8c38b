"""Compose the nodes of a pipe, and the pipes that it reads, into one query."""

from collections.abc import Mapping
from typing import Any

from tinybird.sql_toolset import replace_tables, sql_get_used_tables

from local.tinybird.datafiles import Node, Pipe, Project
from local.tinybird.templates import render


class CompositionError(Exception):
    """A node that Tinybird would not run: invalid SQL, a forbidden function, or an unknown table."""

    def __init__(self, pipe: Pipe, node: Node, reason: str) -> None:
        super().__init__(reason)
        self.pipe = pipe
        self.node = node


class Composer:
    """Composes pipes for one set of parameters, which the pipes that a pipe reads get too, as in Tinybird."""

    def __init__(self, project: Project, values: Mapping[str, Any], *, trial: bool = False) -> None:
        self._project = project
        self._values = values
        self._trial = trial
        self._open: list[str] = []  # the pipes being composed, outermost first
        self._done: dict[str, str] = {}
        self.used: dict[tuple[str, str], str] = {}  # queries by pipe and node, each before those that read it

    def compose(self, pipe: Pipe, output: str | None = None) -> str:
        """Compose the pipe's output, or any other of its nodes, as one SELECT over tables."""
        self._open.append(pipe.name)
        sql = self._compose_node(pipe, output or pipe.output, {}, ())
        self._open.pop()
        return sql

    def _compose_node(self, pipe: Pipe, name: str, done: dict[str, str], above: tuple[str, ...]) -> str:
        """Compose a node of the pipe; `done` are the pipe's nodes so far, `above` those that read this one."""
        nodes = {node.name: node for node in pipe.nodes}
        node = nodes[name]
        sql = render(node, self._values, trial=self._trial)
        queries: dict[str, str] = {}
        for table in _used_tables(pipe, node, sql):
            if table in nodes:
                if table in (*above, name):
                    raise CompositionError(pipe, node, f"nodes read each other: {' -> '.join([*above, name, table])}")
                if table not in done:
                    done[table] = self._compose_node(pipe, table, done, (*above, name))
                queries[table] = done[table]
            elif table in self._project.pipes:
                queries[table] = self._compose_other(pipe, node, table)
            elif table not in self._project.tables:
                raise CompositionError(pipe, node, f"Resource '{table}' not found")
        composed = self.used[pipe.name, name] = _replace(pipe, node, sql, queries)
        return composed

    def _compose_other(self, pipe: Pipe, node: Node, name: str) -> str:
        if name in self._open:
            raise CompositionError(pipe, node, f"pipes read each other: {' -> '.join([*self._open, name])}")
        if name not in self._done:
            self._done[name] = self.compose(self._project.pipes[name])
        return self._done[name]


def narrow(query: str, pipe: Pipe, sql: str) -> str:
    """Compose the query of `?q=` over `_`, the result of the pipe, which is all that it may read."""
    node = Node("q", query, is_template=False, line=None)
    strangers = set(_used_tables(pipe, node, query)) - {"_", pipe.name}
    if strangers:
        raise CompositionError(pipe, node, f"Resource '{min(strangers)}' not found")
    return _replace(pipe, node, query, {"_": sql, pipe.name: sql})


def check_expression(query: str) -> str:
    """Return the query if it uses only what Tinybird allows; otherwise raise ValueError."""
    return str(replace_tables(query, {}))


def _used_tables(pipe: Pipe, node: Node, sql: str) -> list[str]:
    try:
        found = sql_get_used_tables(sql, raising=True)
    except ValueError as failure:
        raise CompositionError(pipe, node, str(failure)) from failure
    names = []
    for database, table, _ in found:
        if database:
            raise CompositionError(pipe, node, f"Resource '{database}.{table}' not found")
        if table:
            names.append(table)
    return names


def _replace(pipe: Pipe, node: Node, sql: str, queries: Mapping[str, str]) -> str:
    """Put queries in the place of tables.

    Tinybird's function parses all that it gets, so it gets a short query for each, in whose place the text is put: a
    query that is read by one that is read by others is parsed once. Within a string, its quotes would be escaped.
    """
    marks = {name: f"SELECT 'query {number}'" for number, name in enumerate(queries)}
    try:
        replaced = str(replace_tables(sql, {name: f"({mark})" for name, mark in marks.items()}, check_functions=True))
    except ValueError as failure:  # unknown or forbidden functions, invalid SQL
        raise CompositionError(pipe, node, str(failure)) from failure
    for name, mark in marks.items():
        replaced = replaced.replace(mark, queries[name])
    return replaced
