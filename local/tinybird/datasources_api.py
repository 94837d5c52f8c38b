"""Deletes and their jobs, and descriptions of datasources."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local.tinybird.composition import check_expression
from local.tinybird.errors import ApiError
from local.tinybird.exchange import Answer, Request, json_answer
from local.tinybird.storage import QueryError, Storage, quote
from local.tinybird.workspace import Workspace

DELETE_PATH = re.compile(r"/v0/datasources/(?P<name>[A-Za-z0-9_]+)/delete")
PATH = re.compile(r"/v0/datasources/(?P<name>[A-Za-z0-9_]+?)(\.json)?")
JOB_PATH = re.compile(r"/v0/jobs/(?P<id>[0-9a-f-]+)")
_ABOUT_DELETES = "/api-reference/datasource-api"


async def delete_rows(workspace: Workspace, request: Request) -> Answer:
    """Delete rows before answering, unlike Tinybird; the job can be queried all the same."""
    workspace.access_of(request).require_admin()
    table = _table(workspace, _named(DELETE_PATH, request))
    given = {**request.arguments, **request.form}
    condition = str(given.get("delete_condition", "")).strip()
    if not condition:
        raise ApiError(400, "The parameter 'delete_condition' is missing", documentation=_ABOUT_DELETES)
    is_trial = str(given.get("dry_run", "")).lower() in {"true", "1"}
    try:
        check_expression(f"SELECT count() FROM {quote(table)} WHERE ({condition})")
        rows = await workspace.storage.write(_delete, workspace.storage, table, condition, is_trial=is_trial)
    except (QueryError, ValueError) as failure:
        raise ApiError(400, f"Invalid delete_condition: {failure}", documentation=_ABOUT_DELETES) from failure
    if is_trial:
        return json_answer({"rows_to_be_deleted": rows})
    job = _job(request, table, condition, rows)
    workspace.jobs[job["id"]] = job
    return json_answer(job)


async def describe(workspace: Workspace, request: Request) -> Answer:
    table = _named(PATH, request)
    workspace.access_of(request).require("DATASOURCES:READ", table.removesuffix("_quarantine"))
    table = _table(workspace, table)
    columns = await workspace.storage.read(
        f"SELECT name, type FROM system.columns WHERE database = 'default' AND table = '{table}' ORDER BY position"
    )
    counted = await workspace.storage.read(f"SELECT count() AS row_count FROM {quote(table)}")
    body = {
        "id": table,
        "name": table,
        "columns": json.loads(columns.body)["data"],
        "statistics": json.loads(counted.body)["data"][0],
    }
    return json_answer(body)


async def describe_job(workspace: Workspace, request: Request) -> Answer:
    workspace.access_of(request).require_admin()
    found = JOB_PATH.fullmatch(request.path)
    job = workspace.jobs.get(found["id"] if found else "")
    if job is None:
        raise ApiError(404, "Job not found")
    return json_answer(job)


def _delete(storage: Storage, table: str, condition: str, *, is_trial: bool) -> int:
    rows = int(storage.writer.value(f"SELECT count() FROM {quote(table)} WHERE ({condition})"))
    if rows and not is_trial:
        storage.writer.query(f"ALTER TABLE {quote(table)} DELETE WHERE ({condition}) SETTINGS mutations_sync = 2")
    return rows


def _job(request: Request, table: str, condition: str, rows: int) -> dict[str, Any]:
    job_id = str(uuid4())
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    return {
        "id": job_id,
        "job_id": job_id,
        "job_url": f"http://{request.headers.get('Host', '127.0.0.1')}/v0/jobs/{job_id}",
        "kind": "delete_data",
        "status": "done",
        "created_at": now,
        "updated_at": now,
        "delete_id": job_id,
        "delete_condition": condition,
        "datasource": {"id": table, "name": table},
        "rows_to_be_deleted": rows,
        "rows_affected": rows,
    }


def _named(path: re.Pattern[str], request: Request) -> str:
    found = path.fullmatch(request.path)
    return found["name"] if found else ""


def _table(workspace: Workspace, name: str) -> str:
    """Check the name of a datasource or of its quarantine, which a delete of a person's data must reach too."""
    if name not in workspace.project.tables:
        raise ApiError(404, f"Resource '{name}' not found")
    return name
