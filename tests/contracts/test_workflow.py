"""The workflow on GitHub runs what the documents say, with no more rights than a job needs."""

import re
from typing import Any

import pytest
import yaml

from tests.contracts import documents
from tests.contracts.documents import ROOT

_WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_TEXT = "\n".join(path.read_text() for path in _WORKFLOWS)
_DEPLOY: dict[object, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text())
_PULL_REQUEST: dict[object, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "pull-request.yml").read_text())
_JOBS: dict[str, dict[str, Any]] = _DEPLOY["jobs"]
_ENVIRONMENTS = {"staging": ("staging", "pixel-api-staging"), "production": ("prod", "pixel-api")}


_ON_A_PUSH_ALONE = "github.event_name == 'push'"


def _runs(job: str) -> list[str]:
    return [step["run"] for step in _JOBS[job]["steps"] if "run" in step]


def _steps(job: str, word: str) -> list[dict[str, Any]]:
    return [step for step in _JOBS[job]["steps"] if word in step.get("run", "")]


def test_it_tests_then_deploys_staging_then_production() -> None:
    assert [(job, _JOBS[job].get("needs")) for job in _JOBS] == [
        ("test", None),
        ("staging", "test"),
        ("production", "staging"),
    ]
    assert _runs("test") == ["make test", "make thorough", "make audit", "make audit-packages", "make build"]


@pytest.mark.parametrize("job", _ENVIRONMENTS)
def test_a_deployment_is_built_sent_and_asked_for_by_the_doctor(job: str) -> None:
    environment, stack = _ENVIRONMENTS[job]

    assert _JOBS[job]["environment"] == job  # where GitHub asks for an approval
    assert _runs(job) == [
        "make build .venv-tinybird/.ready",
        '../.venv-tinybird/bin/tb --cloud --host "$TINYBIRD_HOST" --token "$TINYBIRD_DEPLOY_TOKEN" deploy',
        f"printenv PARAMETERS > parameters.{environment}.yaml",
        f".venv-sam/bin/sam deploy --config-env {environment} --no-confirm-changeset",
        f".venv/bin/pixelctl doctor --stack {stack}",
    ]


def test_it_runs_the_commands_of_the_documents() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "deploying.md"]
    lines = [line for page in pages for line in [*documents.shell_lines(page), *documents.spans(page)]]
    shown = {_typed(line.partition("#")[0]) for line in lines}

    named = {_typed(run.removesuffix(" --no-confirm-changeset")) for job in _JOBS for run in _runs(job)}
    of_staging = {run.replace("prod", "staging").replace("pixel-api", "pixel-api-staging") for run in shown}
    assert named <= shown | of_staging


def _typed(command: str) -> str:
    """Return a command without paths, hosts and tokens, as a user types it who has aliases and is logged in."""
    return re.sub(r"(\.\./)?\.venv[\w-]*/bin/| --(host|token) \S+", "", command).strip()


@pytest.mark.parametrize("job", _ENVIRONMENTS)
def test_one_deployment_at_a_time_goes_to_an_environment_and_none_waits_for_another_s_approval(job: str) -> None:
    assert "concurrency" not in _DEPLOY
    assert _JOBS[job]["concurrency"] == {"group": f"deploy-{job}", "cancel-in-progress": False}


def test_the_way_back_leaves_tinybird_alone_and_asks_nothing_that_has_changed_since() -> None:
    """Run by hand on an older tag; the audit of packages asks what is known of them today."""
    assert {"push", "workflow_dispatch"} == _DEPLOY[True].keys()  # YAML 1.1 reads `on` as true
    conditional = [*_steps("test", "audit-packages"), *_steps("staging", "bin/tb "), *_steps("production", "bin/tb ")]

    assert [step["if"] for step in conditional] == [_ON_A_PUSH_ALONE] * 3
    assert _TEXT.count(" if: ") == len(conditional)


def test_rights_are_to_read_and_for_a_deployment_to_say_who_it_is() -> None:
    assert _DEPLOY["permissions"] == {"contents": "read"}
    assert "permissions" not in _JOBS["test"]
    for job in _ENVIRONMENTS:
        assert _JOBS[job]["permissions"] == {"contents": "read", "id-token": "write"}


def test_the_only_stored_key_is_tinybird_s_and_one_step_sees_it() -> None:
    assert re.findall(r"secrets\.\w+", _TEXT) == ["secrets.TINYBIRD_DEPLOY_TOKEN"] * len(_ENVIRONMENTS)
    for job in _ENVIRONMENTS:
        seeing = [step["run"] for step in _JOBS[job]["steps"] if "secrets." in str(step)]
        assert seeing == [step["run"] for step in _steps(job, "bin/tb ")]
    assert not re.search(r"aws[-_]access[-_]key|aws[-_]secret", _TEXT, re.IGNORECASE)
    assert _TEXT.count("role-to-assume: ${{ vars.AWS_DEPLOY_ROLE }}") == len(_ENVIRONMENTS)


def test_actions_are_pinned_to_a_commit() -> None:
    used = re.findall(r"uses: (.+)", _TEXT)

    assert used
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)] == []


def test_nothing_that_others_write_reaches_a_shell() -> None:
    assert not any("${{" in run for job in _JOBS for run in _runs(job))


def test_a_pull_request_is_tested_built_and_audited_without_a_secret() -> None:
    """Forks open them too, so `pull_request_target`, which runs with the repository's rights, is never used."""
    jobs = _PULL_REQUEST["jobs"].values()
    runs = [step["run"] for job in jobs for step in job["steps"] if "run" in step]

    assert _PULL_REQUEST[True] == {"pull_request": None}
    assert _PULL_REQUEST["permissions"] == {"contents": "read"}
    assert not any({"permissions", "environment"} & job.keys() for job in jobs)
    assert sorted(runs) == sorted(_runs("test"))
    assert "secrets." not in str(_PULL_REQUEST)
