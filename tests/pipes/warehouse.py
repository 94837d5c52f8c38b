"""The warehouse under test: the project's own files on the stand-in, spoken to over HTTP as the API does."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.local.tinybird.running import REPOSITORY, StandIn
from tests.pipes.oracle.question import Row, Tables

PROJECT = REPOSITORY / "tinybird"


@dataclass(frozen=True)
class Answer:
    status: int
    text: str

    @property
    def content(self) -> Any:
        """Return the JSON with numbers as they were printed."""
        return json.loads(self.text, parse_float=Decimal)

    @property
    def rows(self) -> list[Row]:
        assert self.status == 200, self.text
        return list(self.content["data"])

    @property
    def columns(self) -> list[str]:
        return [column["name"] for column in self.content["meta"]]


@dataclass(frozen=True)
class Lines(Answer):
    """An answer as a pipe gives it in lines: rows and nothing else."""

    @property
    def rows(self) -> list[Row]:
        assert self.status == 200, self.text
        return [json.loads(line, parse_float=Decimal) for line in self.text.splitlines()]

    @property
    def columns(self) -> list[str]:
        """Return the columns of the first row."""
        return list(next(iter(self.rows), {}))


@dataclass(frozen=True)
class Warehouse:
    stand_in: StandIn

    def ask(
        self, pipe: str, parameters: Mapping[str, str] | Sequence[tuple[str, object]], token: str = "admin"
    ) -> Answer:
        response = self.stand_in.call("GET", f"/v0/pipes/{pipe}.json", parameters, token=token)
        return Answer(response.status, response.body.decode())

    def ask_for_lines(self, pipe: str, parameters: Mapping[str, str]) -> Lines:
        response = self.stand_in.call("GET", f"/v0/pipes/{pipe}.ndjson", parameters)
        return Lines(response.status, response.body.decode())

    def send(self, workspace_id: str, tables: Tables) -> Tables:
        """In two halves, so that duplicates meet in one block and in two. Returns the rows as they were sent."""
        sent = {name: [{"workspace_id": workspace_id, **row} for row in rows] for name, rows in tables.items()}
        for name, rows in sent.items():
            for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
                if half:
                    self._append(name, half)
        return sent

    def _append(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        response = self.stand_in.append(*rows, datasource=table, wait="true")
        assert response.json == {"successful_rows": len(rows), "quarantined_rows": 0}, response.body


def new_workspace() -> str:
    return f"ws_{uuid4().hex[:12]}"
