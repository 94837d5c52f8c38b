"""/_health, /_faults and /_sql: what Tinybird has not, for the stack, tests and the curious."""

from local.tinybird.errors import ApiError
from local.tinybird.exchange import JSON_TYPE, Answer, Request, json_answer, read_object
from local.tinybird.storage import QueryError
from local.tinybird.workspace import Workspace


async def tell_health(workspace: Workspace, request: Request) -> Answer:  # noqa: ARG001 - as all handlers
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
    """Any query on the tables; the connection is read-only."""
    workspace.access_of(request).require_admin()
    sql = {**request.arguments, **request.form}.get("q")
    if not sql:
        raise ApiError(400, "The parameter 'q' is missing")
    try:
        result = await workspace.storage.read(str(sql))
    except QueryError as failure:
        raise ApiError(400, f"[Error] {failure}") from failure
    return Answer(200, result.body, {"Content-Type": JSON_TYPE})
