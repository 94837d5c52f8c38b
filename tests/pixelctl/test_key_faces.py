"""pixelctl key create --face: a key for another API than the core's, of one website."""

from collections.abc import Callable

from pixel.workspaces.workspace import Workspace
from tests.pixelctl.conftest import Run


def test_a_key_of_another_face_has_its_scopes_and_one_website(
    run: Run, workspace: Workspace, plans_of: Callable[[str], set[str]]
) -> None:
    website = run("website", "create", workspace.workspace_id, "--domain", "example.com", "--name", "A", "--json").json[
        "id"
    ]
    face = ("key", "create", workspace.workspace_id, "--face", "infinity", "--json")

    made = run(*face, "--website", website, "--limits", "ingest=2000/60").json
    writing = run(*face, "--website", website, "--scopes", "site:write").json
    without = run(*face)
    wrong = run(*face, "--website", website, "--limits", "ingest=x/60,read")

    of_another = run(*face, "--website", website, "--scopes", "pixel:read")
    twice = run(*face, "--website", website, "--limits", "ingest=1/60,ingest=2/60")

    assert (made["scopes"], made["website_ids"]) == (["site:read", "site:write"], [website])
    assert made["limits"] == {"ingest": [2000, 60]}
    assert writing["scopes"] == ["site:write"]
    assert plans_of(workspace.usage_plan_key_id) == {"MaxUsagePlan"}
    assert [one.status for one in (without, wrong, of_another, twice)] == [2, 2, 2, 2]
    assert "--websites must name exactly one website for a key with site:read or site:write." in without.err
    assert "--limits must" in wrong.err
    assert "--scopes must contain only site:read or site:write with --face infinity" in of_another.err
    assert "--limits: name each class once." in twice.err
