"""pixelctl dashboard: the secret is made once, and an address shows the dashboard of one website."""

import sys
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from pixel.dashboard.embedding import signed_origins
from pixel.dashboard.sessions import Session, read_session
from pixel.workspaces.vocabulary import PANELS
from pixel.workspaces.workspace import Workspace
from pixelctl.target import Target
from tests.environment import SECRETS_PATH
from tests.pixelctl.conftest import Run
from tests.provisioned import Parameters, Perform, Wire
from tests.stores import STACK
from tests.unit.workspaces.records_given import new_website

_PLACE = f"/pixel/{STACK}/viewer-secret"
_API = "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/live/"


@pytest.fixture
def secret(stack: Wire) -> Iterator[Callable[[], str]]:
    """Return how to read the stored secret, which no other test finds."""
    del stack  # it only has to be there
    client: Any = boto3.client("ssm")
    yield lambda: str(client.get_parameter(Name=_PLACE, WithDecryption=True)["Parameter"]["Value"])
    for place in (_PLACE, f"{SECRETS_PATH}/viewer-secret"):
        client.delete_parameters(Names=[place])


@pytest.fixture
def api_url(stack: Wire) -> None:
    def describe(perform: Perform, parameters: Parameters) -> Any:
        answer = perform(parameters)
        answer["Stacks"][0]["Outputs"] = [{"OutputKey": "ApiUrl", "OutputValue": _API}]
        return answer

    stack.always("DescribeStacks", describe)


def _session(url: str, secret: str) -> Session:
    """Return the session in an address, as a function with this secret reads it."""
    boto3.client("ssm").put_parameter(
        Name=f"{SECRETS_PATH}/viewer-secret", Value=secret, Type="SecureString", Overwrite=True
    )
    return read_session(f"Viewer {url.rpartition('#s=')[2]}")


def test_the_secret_is_made_once_and_replaced_on_demand(run: Run, secret: Callable[[], str]) -> None:
    first = run("dashboard", "set-up", "--json").json
    made = secret()
    again = run("dashboard", "set-up", "--json").json
    kept = secret()
    replaced = run("dashboard", "set-up", "--replace")

    assert (first, again) == ({"changed": True}, {"changed": False})
    assert len(made) == 64
    assert made == kept != secret()
    assert secret() not in replaced.out


@pytest.mark.usefixtures("api_url")
def test_an_address_opens_the_dashboard_of_the_website(
    run: Run, target: Target, workspace: Workspace, secret: Callable[[], str]
) -> None:
    website_id = new_website(target.store, workspace)
    run("dashboard", "set-up")

    plain = run("dashboard", "open", website_id)
    options = ("--panels", "funnel,summary", "--steps", "/,payment", "--embed-origins", "https://app.example.com")
    chosen = run("dashboard", "open", website_id, "--ttl-seconds", "60", *options, "--json").json

    session = _session(plain.out.strip(), secret())
    assert plain.out.startswith(f"{_API}dashboard#s=")
    assert (session.workspace_id, session.website_id) == (workspace.workspace_id, website_id)
    assert session.panels == tuple(panel for panel in PANELS if panel != "funnel")
    session = _session(chosen["url"], secret())
    assert (session.panels, session.steps) == (("summary", "funnel"), ("/", "payment"))
    assert chosen["url"].startswith(
        f"{_API}dashboard?embed={signed_origins(['https://app.example.com'], secret=secret())}#s="
    )


@pytest.mark.usefixtures("api_url")
def test_a_terminal_opens_the_browser_and_everything_else_gets_the_address(
    run: Run, target: Target, workspace: Workspace, secret: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    website_id = new_website(target.store, workspace)
    run("dashboard", "set-up")
    opened: list[str] = []

    def browse(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)

    piped = run("open", website_id)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    no_browser = run("open", website_id)
    monkeypatch.setenv("BROWSER", "firefox")
    printed, data = run("open", website_id, "--print"), run("open", website_id, "--json").json
    assert opened == []
    shown = run("open", website_id, "--panels", "summary")

    for address in (piped.out, no_browser.out, printed.out, data["url"]):
        assert address.startswith(f"{_API}dashboard#s=")
        assert _session(address.strip(), secret()).website_id == website_id
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith("Opened in the browser; it works until ")
    assert [_session(url, secret()).panels for url in opened] == [("summary",)]
    assert opened[0] not in shown.out


@pytest.mark.usefixtures("api_url")
def test_what_is_missing_is_said(run: Run, target: Target, workspace: Workspace, secret: Callable[[], str]) -> None:
    website_id = new_website(target.store, workspace)

    before = run("dashboard", "open", website_id)
    run("dashboard", "set-up")
    unknown = run("dashboard", "open", "admx_nowhere")
    wrong = run("dashboard", "open", website_id, "--ttl-seconds", "10", "--panels", "visitors")

    assert (before.status, before.err) == (
        1,
        "pixelctl: Dashboards are not set up; run: pixelctl dashboard set-up --stack pixel\n",
    )
    assert unknown.status == 1
    assert "admx_nowhere" in unknown.err
    assert wrong.status == 2
    assert "--ttl-seconds" in wrong.err
    assert "--panels" in wrong.err
    assert secret()


@pytest.mark.usefixtures("api_url")
def test_a_new_share_link_is_shown_as_an_address(run: Run, target: Target, workspace: Workspace) -> None:
    website_id = new_website(target.store, workspace)

    made = run("share-link", "create", workspace.workspace_id, "--website", website_id, "--json").json

    assert made["url"] == f"{_API}share/{made['token']}"
