"""Generate a Python and a TypeScript client of docs/openapi.yaml in build/clients, and check their types.

`make clients` runs it in an environment of its own. It needs only the standard library and the generators.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
_DOCUMENT = REPOSITORY / "docs" / "openapi.yaml"
_NODE_PACKAGES = REPOSITORY / "requirements" / "clients"
_CLIENTS = REPOSITORY / "build" / "clients"
_BIN = Path(sys.executable).parent
# A generator of JSON clients leaves out NDJSON, and offers only the other form of a batch.
_PASSED_OVER = {"POST /api/v1/pixel/events/batch"}
_PYTHON_SETTINGS = """\
content_type_overrides:
  application/yaml: text/plain
post_hooks: []
"""
# Code that only type-checks if answers are typed down to the columns of a pipe.
_PYTHON_USE = """\
from pixel_client import AuthenticatedClient
from pixel_client.api.rows_by_pipe import query_top_pages
from pixel_client.models import ErrorAnswer


def visitors_by_path(client: AuthenticatedClient) -> dict[str, int]:
    answer = query_top_pages.sync(client=client, limit=5)
    if answer is None or isinstance(answer, ErrorAnswer):
        return {}
    return {row.path: row.visitors for row in answer.data.data}
"""
_TYPESCRIPT_USE = """\
import type { components, paths } from "./pixel_api";

type Query = paths["/api/v1/pixel/query/p_top_pages"]["get"];
type Answer = Query["responses"][200]["content"]["application/json"];

export const visitorsByPath = (answer: Answer): [string, number][] =>
  answer.data.data.map((row) => [row.path, row.visitors]);

export const event: components["schemas"]["Event"] = { name: "pageview", website_id: "admx_1", path: "/" };
"""


def main() -> int:
    shutil.rmtree(_CLIENTS, ignore_errors=True)
    python = make_python_client(_CLIENTS / "python")
    typescript = make_typescript_client(_CLIENTS / "typescript")
    return 0 if python and typescript else 1


def make_python_client(folder: Path) -> bool:
    """Generate the client and check its types; return whether both succeeded."""
    folder.mkdir(parents=True)
    settings = folder / "settings.yaml"
    settings.write_text(_PYTHON_SETTINGS)
    command: list[str | Path] = [
        *(_BIN / "openapi-python-client", "generate", "--path", _DOCUMENT, "--config", settings),
        *("--output-path", folder / "pixel_client", "--meta", "none"),
    ]
    generated = subprocess.run(command, capture_output=True, text=True, check=False)
    output = generated.stdout + generated.stderr
    if generated.returncode or {*re.findall(r"WARNING parsing (.+) within", output)} != _PASSED_OVER:
        print(output)
        return False
    (folder / "use.py").write_text(_PYTHON_USE)
    return _passes(
        "Python", [_BIN / "mypy", "--strict", "--config-file=", "--cache-dir", folder / ".mypy_cache", "."], folder
    )


def make_typescript_client(folder: Path) -> bool:
    """Generate the types and check them; return whether both succeeded, or True without npm."""
    if shutil.which("npm") is None:
        print("clients: TypeScript skipped, because npm is not on PATH; install Node.js to check it")
        return True
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_NODE_PACKAGES / name, folder)
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    binaries = folder / "node_modules" / ".bin"
    generate: list[str | Path] = [binaries / "openapi-typescript", _DOCUMENT, "--output", folder / "pixel_api.ts"]
    subprocess.run(generate, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (folder / "use.ts").write_text(_TYPESCRIPT_USE)
    return _passes("TypeScript", [binaries / "tsc", "--noEmit", "--strict", "use.ts", "pixel_api.ts"], folder)


def _passes(language: str, check: list[str | Path], folder: Path) -> bool:
    checked = subprocess.run(check, cwd=folder, capture_output=True, text=True, check=False)
    if checked.returncode:
        print(checked.stdout + checked.stderr)
    else:
        print(f"clients: {language} is generated and its types are sound, in {folder.relative_to(REPOSITORY)}")
    return checked.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
