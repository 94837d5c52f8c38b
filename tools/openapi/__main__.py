"""Write docs/openapi.yaml and docs/reference/document.js, which docs/api.html shows."""

import argparse
from pathlib import Path

from tools.openapi import document, page
from tools.openapi.routes import REPOSITORY

DOCUMENT = Path("docs/openapi.yaml")
SCRIPT = Path("docs/reference/document.js")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.openapi")
    parser.add_argument("--into", type=Path, default=REPOSITORY, help="folder to write the files under")
    into = parser.parse_args().into
    for file, content in {DOCUMENT: document.to_yaml(), SCRIPT: page.to_script(document.document())}.items():
        target = into / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)


if __name__ == "__main__":
    main()
