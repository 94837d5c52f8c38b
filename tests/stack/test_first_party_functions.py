"""The recipes of docs/guides/first-party.md that are JavaScript, in Node.js.

Cloudflare, Next and Vercel have the same Request, Response and fetch.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests.stack import first_party
from tests.stack.browser_visits import Site
from tests.stack.first_party import Front
from tests.stack.running import RunningStack
from tools import browser_script

_PROGRAM = Path(__file__).with_name("function_platforms.mjs")
_NODE = shutil.which("node", path=browser_script.node_path() if browser_script.is_ready() else None)
_COUNTRIES = {"cloudflare": "DE", "vercel": "DE", "next": ""}
_PASSED_ON = {
    "accept-language",
    "content-type",
    "if-none-match",
    "origin",
    "referer",
    "user-agent",
    "x-forwarded-for",
    "x-pixel-country",
    "x-pixel-proxy",
}
_CLOUDFRONT = """
const rewritten = (uri) => handler({ request: { uri } }).uri;
console.log(JSON.stringify(["/px/e", "/px/pk_live_1.js", "/pxe", "/a/px/e"].map(rewritten)));
"""

pytestmark = pytest.mark.skipif(_NODE is None, reason="node is not on PATH; `make script` or Node.js brings it")


@pytest.fixture(scope="module")
def sites(stack: RunningStack) -> dict[str, Site]:
    return {platform: first_party.limited_site(stack) for platform in _COUNTRIES}


@pytest.fixture(scope="module")
def fronts(
    stack: RunningStack, sites: dict[str, Site], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Front]]:
    """Run the recipes in one process."""
    folder = tmp_path_factory.mktemp("functions")
    (folder / "cloudflare.mjs").write_text(first_party.recipe("Cloudflare", "js", stack))
    (folder / "next.mjs").write_text(first_party.recipe("Next, and Vercel", "js", stack))
    secrets = json.dumps({platform: site.secret for platform, site in sites.items()})
    command = [str(_NODE), str(_PROGRAM), str(folder), secrets]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        yield {name: Front(f"http://127.0.0.1:{ports[name]}", country) for name, country in _COUNTRIES.items()}
        process.communicate()


@pytest.fixture(scope="module")
def visited(sites: dict[str, Site], fronts: dict[str, Front]) -> dict[str, Front]:
    for platform, front in fronts.items():
        first_party.send_visits(sites[platform], front)
    return fronts


def test_visitors_are_counted_as_who_they_are(
    stack: RunningStack, sites: dict[str, Site], visited: dict[str, Front]
) -> None:
    for platform, front in visited.items():
        first_party.check_visits(stack, sites[platform], front)


@pytest.mark.parametrize("platform", _COUNTRIES)
def test_the_script_and_answers_of_the_api_come_through(
    sites: dict[str, Site], fronts: dict[str, Front], platform: str
) -> None:
    first_party.check_script(sites[platform], fronts[platform])
    first_party.check_refusals(sites[platform], fronts[platform])
    first_party.check_stays_below(fronts[platform])


def test_nothing_else_of_a_request_reaches_the_api(visited: dict[str, Front]) -> None:
    sent = urllib3.request("GET", f"{visited['next'].url}/sent").json()
    assert len(sent) >= len(visited)
    assert {name for headers in sent for name in headers} <= _PASSED_ON


def test_the_function_for_cloudfront() -> None:
    [function] = [code for code in first_party.code_of("CloudFront", "js") if "function handler" in code]
    done = subprocess.run([str(_NODE), "--eval", function + _CLOUDFRONT], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["/p/e", "/p/pk_live_1.js", "/pxe", "/a/px/e"]
