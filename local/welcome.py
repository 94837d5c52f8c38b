"""What the terminal says once everything is up."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.template.sam import SamTemplate

_EVENT_SOURCES = {
    "queue": "IngestQueue",
    "bus": "EventBus",
    "topic": "EventTopic",
    "stream": "EventStream",
    "bucket": "FilesBucket",
}


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
    if sources := _event_sources(state["resources"]):
        lines += ["", f"  events from AWS services, by {state['aws_endpoint_url']}:", *sources]
    lines += ["", f"  everything else (keys, table names, addresses): {state_file}"]
    lines += [f"  log files: {state['logs']}", f"  served from {template.folder}; changed code answers at once", ""]
    return "\n".join(lines)


def _event_sources(resources: Mapping[str, str]) -> list[str]:
    there = [f"{kind} {resources[name]}" for kind, name in _EVENT_SOURCES.items() if name in resources]
    return [f"    {', '.join(there[start : start + 2])}" for start in range(0, len(there), 2)]
