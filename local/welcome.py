"""The message in the terminal once the stack is running."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import shell_file
from local.template.sam import SamTemplate

_EVENT_SOURCES = {
    "queue": "IngestQueue",
    "bus": "EventBus",
    "topic": "EventTopic",
    "stream": "EventStream",
    "bucket": "FilesBucket",
}


def welcome(
    state: dict[str, Any], state_file: Path, seconds: float, template: SamTemplate, *, dashboard: str | None = None
) -> str:
    api = f"{state['api_url']}/api/v1"
    has_demo = "keys" in state
    lines = ["", f"Pixel API is running at {state['api_url']} (started in {seconds:.1f} s; Ctrl-C stops it)."]
    lines.append(f"API reference, to read and to try out: {state['api_url']}/docs")
    if has_demo:
        authorization = f"-H 'Authorization: Bearer {state['keys']['all']}'"
        lines += [
            "",
            "  Try it:",
            f"    curl -s {api}/health",
            f"    curl -s {api}/pixel/websites {authorization}",
            f"    curl -s '{api}/pixel/query/p_top_pages?website_id={state['website_id']}&limit=5' {authorization}",
            "    .venv/bin/pixelctl --local key list ws_demo",
        ]
        if "short_link" in state:
            lines.append(f"    curl -si {state['short_link']}")
    lines += ["", *(f"  {name:<16} {text}" for name, text in _places(state, state_file, template, has_demo=has_demo))]
    if sources := _event_sources(state["resources"]):
        lines += ["", "  Send events through AWS services:", *sources]
    lines += [
        "",
        "  Changes to code and datafiles apply to the next request. Your data is kept for the next start;",
        "  `make run FRESH=1` starts from scratch.",
        "",
    ]
    if dashboard is not None:
        lines += ["  The dashboard of the demo website, for twelve hours:", f"  {dashboard}", ""]
    if "shop_url" in state:
        lines += [f"  Click around in its shop, whose pages have the browser pixel on: {state['shop_url']}", ""]
    return "\n".join(lines)


def _places(state: dict[str, Any], state_file: Path, template: SamTemplate, *, has_demo: bool) -> list[tuple[str, str]]:
    tinybird = []
    if state["tinybird"]:
        is_stand_in = "tinybird" in state["pids"]
        traffic = " (a stand-in, with three weeks of sample traffic)" if has_demo and is_stand_in else ""
        tinybird = [("Tinybird:", f"{state['tinybird_url']}{traffic}")]
    return [
        *tinybird,
        ("AWS services:", str(state["aws_endpoint_url"])),
        ("Shell variables:", f"source {state_file.parent / shell_file.NAME}"),
        ("Everything else:", f"{state_file} (keys, tokens, names of tables)"),
        ("Logs:", str(state["logs"])),
        ("Source:", str(template.folder)),
    ]


def _event_sources(resources: Mapping[str, str]) -> list[str]:
    return [f"    {kind:<7} {resources[name]}" for kind, name in _EVENT_SOURCES.items() if name in resources]
