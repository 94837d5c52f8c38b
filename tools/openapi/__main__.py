"""Write the OpenAPI documents in docs, and docs/reference/document.js, which docs/api.html shows."""

import argparse
from pathlib import Path

from tools.openapi import document, page
from tools.openapi.routes import REPOSITORY

DOCUMENT = Path("docs/openapi.yaml")
OF_LINKS = Path("docs/openapi-links.yaml")
SCRIPT = Path("docs/reference/document.js")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.openapi")
    parser.add_argument("--into", type=Path, default=REPOSITORY, help="folder to write the files under")
    into = parser.parse_args().into
    whole = document.whole_document()
    written = {
        DOCUMENT: document.to_yaml(document.of_main_api(whole)),
        OF_LINKS: document.to_yaml(document.of_links_api(whole)),
        SCRIPT: page.to_script(whole),
    }
    for file, content in written.items():
        target = into / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)


if __name__ == "__main__":
    main()
