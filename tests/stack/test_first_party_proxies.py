"""The recipes of docs/guides/first-party.md for nginx and Caddy, where these are installed."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stack import first_party
from tests.stack.browser_visits import Site
from tests.stack.first_party import Front
from tests.stack.running import RunningStack

_START_SECONDS = 20.0


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


def _check(stack: RunningStack, site: Site, url: str) -> None:
    front = Front(url)
    first_party.check_script(site, front)
    first_party.send_visits(site, front)
    first_party.check_refusals(site, front)
    first_party.check_stays_below(front)
    first_party.check_visits(stack, site, front)


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not on PATH")
def test_the_recipe_for_nginx(stack: RunningStack, tmp_path: Path) -> None:
    site, port = first_party.limited_site(stack), _free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    config = tmp_path / "nginx.conf"
    folders = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    recipe = first_party.recipe("nginx", "nginx", stack, site.secret)
    config.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; client_body_buffer_size 32k; {folders}\n"
        f"server {{ listen 127.0.0.1:{port};\n{recipe}}} }}\n"
    )
    with _running("nginx", "-p", str(tmp_path), "-c", str(config), port=port) as url:
        _check(stack, site, url)


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not on PATH")
def test_the_recipe_for_caddy(stack: RunningStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, port = first_party.limited_site(stack), _free_port()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    config = tmp_path / "Caddyfile"
    recipe = first_party.recipe("Caddy", "caddyfile", stack, site.secret)
    config.write_text(f"{{\nadmin off\n}}\nhttp://127.0.0.1:{port} {{\n{recipe}}}\n")
    with _running("caddy", "run", "--config", str(config), "--adapter", "caddyfile", port=port) as url:
        _check(stack, site, url)
