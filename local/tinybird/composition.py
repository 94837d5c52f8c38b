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
        self.used: dict[tuple[str, str], None] = {}  # pipes and nodes, each before those that read it

    def compose(self, pipe: Pipe, output: str | None = None) -> str:
        """Compose the pipe's output, or any other of its nodes, as one SELECT over tables."""
        nodes = {node.name: node for node in pipe.nodes}
        output_node = nodes[output or pipe.output]
        self._open.append(pipe.name)
        rendered: dict[str, str] = {}
        others: dict[str, str] = {}
        pending = [output_node]
        while pending:
            node = pending.pop()
            rendered[node.name] = render(node, self._values, trial=self._trial)
            for table in _used_tables(pipe, node, rendered[node.name]):
                if table in nodes:
                    if table not in rendered and nodes[table] not in pending:
                        pending.append(nodes[table])
                elif table in self._project.pipes:
                    if table not in others:
                        others[table] = self._compose_other(pipe, node, table)
                elif table not in self._project.tables:
                    raise CompositionError(pipe, node, f"Resource '{table}' not found")
        self._open.pop()
        self.used |= {(pipe.name, name): None for name in reversed(rendered)}
        sql = rendered.pop(output_node.name)
        replacements = {name: f"({query})" for name, query in {**others, **rendered}.items()}
        return _replace(pipe, output_node, sql, replacements)

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
    return _replace(pipe, node, query, {"_": f"({sql})", pipe.name: f"({sql})"})


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


def _replace(pipe: Pipe, node: Node, sql: str, replacements: Mapping[str, str]) -> str:
    try:
        return str(replace_tables(sql, dict(replacements), check_functions=True))
    except ValueError as failure:  # unknown or forbidden functions, invalid SQL, nodes that read each other
        raise CompositionError(pipe, node, str(failure)) from failure
