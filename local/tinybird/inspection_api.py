"""/_health, /_faults, /_sql and /_plans, which Tinybird does not have, for the stack and for tests."""

import re

from local.tinybird.composition import Composer, CompositionError
from local.tinybird.errors import ApiError
from local.tinybird.exchange import JSON_TYPE, Answer, Request, json_answer, read_object
from local.tinybird.storage import QueryError
from local.tinybird.templates import TemplateError
from local.tinybird.workspace import Workspace

PLANS_PATH = re.compile(r"/_plans/(?P<name>[A-Za-z0-9_]+)")


async def tell_health(workspace: Workspace, request: Request) -> Answer:  # noqa: ARG001 - the signature of all handlers
    project = workspace.project
    return json_answer(
        {
            "status": "ok",
            "workspace_id": workspace.credentials.workspace_id,
            "datasources": list(project.datasources),
            "endpoints": [pipe.name for pipe in project.endpoints],
        }
    )


async def change_faults(workspace: Workspace, request: Request) -> Answer:
    faults = workspace.faults
    if request.method == "POST":
        return json_answer(vars(faults.add(read_object(request.body))), status=201)
    if request.method == "DELETE":
        return json_answer({"cleared": faults.clear()})
    return json_answer({"faults": faults.listed()})


async def run_sql(workspace: Workspace, request: Request) -> Answer:
    """Run any query on the tables; the connection is read-only."""
    workspace.access_of(request).require_admin()
    sql = {**request.arguments, **request.form}.get("q")
    if not sql:
        raise ApiError(400, "The parameter 'q' is missing")
    try:
        result = await workspace.storage.read(str(sql))
    except QueryError as failure:
        raise ApiError(400, f"[Error] {failure}") from failure
    return Answer(200, result.body, {"Content-Type": JSON_TYPE})


async def explain_pipe(workspace: Workspace, request: Request) -> Answer:
    """Explain how ClickHouse would run a pipe with these parameters: a plan for each node, and for the pipes it reads.

    There is one for each node because the plan of a query leaves out its scalar subqueries. `is_shared` marks a node of
    another pipe, which is only a part of the answer.
    """
    workspace.access_of(request).require_admin()
    found = PLANS_PATH.fullmatch(request.path)
    pipe = workspace.project.pipes.get(found["name"] if found else "")
    if pipe is None:
        raise ApiError(404, "The pipe does not exist")
    composer = Composer(workspace.project, request.arguments)
    plans = []
    try:
        composer.compose(pipe)
        for (pipe_name, node_name), sql in composer.used.items():
            read = workspace.project.pipes[pipe_name]
            plan = await workspace.storage.explain(sql)
            is_shared = read is not pipe and node_name != read.output
            plans.append({"pipe": pipe_name, "node": node_name, "is_shared": is_shared, "plan": plan})
    except (CompositionError, TemplateError, QueryError) as failure:
        raise ApiError(400, f"[Error] {failure}") from failure
    return json_answer({"plans": plans})
