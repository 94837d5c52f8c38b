"""The recipes of docs/guides/first-party.md for nginx and Caddy, where these are installed."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.contracts.documents import ROOT
from tests.stack.browser_visits import Site, new_site, send, wait_for
from tests.stack.running import RunningStack

_GUIDE = (ROOT / "docs" / "guides" / "first-party.md").read_text()
_START_SECONDS = 20.0


def _recipe(language: str, stack: RunningStack, secret: str) -> str:
    """Return the recipe with the embedded stack in place of the API, which has no TLS."""
    [recipe] = re.findall(rf"^```{language}\n(.*?)^```$", _GUIDE, re.MULTILINE | re.DOTALL)
    host = stack.state["api_url"].removeprefix("http://")
    local = recipe.replace("https://stats.example.com", f"http://{host}").replace("stats.example.com", host)
    return str(local.replace("prx_...", secret))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _running(*command: str, port: int) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


def _check(stack: RunningStack, site: Site, front: str) -> None:
    script = urllib3.request("GET", f"{front}/px/{site.key}.js")
    assert (script.status, site.key in script.data.decode()) == (200, True)
    page: dict[str, Any] = {"name": "pageview", "url": f"https://{site.domain}/"}
    for network in ("127.0.0.2", "127.0.0.3", "127.0.0.2"):
        lied = {"X-Forwarded-For": "203.0.113.9", "Cookie": "session=1"}
        answer = send(site, f"{front}/px/e", page, source_address=network, **lied)
        assert answer.status == 202, answer.data
    assert wait_for(stack, "p_top_pages", site, pageviews=3)["visitors"] == 2


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not on PATH")
def test_the_recipe_for_nginx(stack: RunningStack, tmp_path: Path) -> None:
    site, port = new_site(stack), _free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {' '.join(f'{kind}_temp_path {tmp_path}/{kind};' for kind in kinds)}\n"
        f"server {{ listen 127.0.0.1:{port};\n{_recipe('nginx', stack, site.secret)}}} }}\n"
    )
    with _running("nginx", "-p", str(tmp_path), "-c", str(config), port=port) as front:
        _check(stack, site, front)


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not on PATH")
def test_the_recipe_for_caddy(stack: RunningStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, port = new_site(stack), _free_port()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    config = tmp_path / "Caddyfile"
    config.write_text(f"{{\nadmin off\n}}\nhttp://127.0.0.1:{port} {{\n{_recipe('caddyfile', stack, site.secret)}}}\n")
    with _running("caddy", "run", "--config", str(config), "--adapter", "caddyfile", port=port) as front:
        _check(stack, site, front)
