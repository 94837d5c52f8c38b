"""What the terminal says once everything is up."""

from pathlib import Path
from typing import Any

from local.sam_template import SamTemplate


def welcome(state: dict[str, Any], state_file: Path, seconds: float, template: SamTemplate) -> str:
    api = f"{state['api_url']}/api/v1"
    lines = ["", f"Pixel API is up after {seconds:.1f} s: {state['api_url']}  (Ctrl-C stops it)"]
    if "keys" in state:
        authorization = f"-H 'Authorization: Bearer {state['keys']['all']}'"
        lines += [
            "",
            "  try it:",
            f"    curl -s {api}/health",
            f"    curl -s {api}/pixel/websites {authorization}",
            f"    curl -s '{api}/pixel/query/p_top_pages?website_id={state['website_id']}&limit=5' {authorization}",
            "    .venv/bin/pixelctl --local key list ws_demo",
        ]
    if state["tinybird"]:
        lines += [
            "",
            f"  Tinybird: {state['tinybird_url']} with three weeks of made-up traffic; its tokens are in stack.json",
        ]
    lines += ["", f"  everything else (keys, table names, addresses): {state_file}"]
    lines += [f"  log files: {state['logs']}", f"  served from {template.folder}; changed code answers at once", ""]
    return "\n".join(lines)
