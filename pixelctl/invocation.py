"""The options of every command: which stack it works on, and how it prints. They stand before or after the command."""

import os
from dataclasses import dataclass
from typing import Any, Final

import click

DEFAULT_STACK: Final = "pixel-api"
CHOOSE_A_STACK: Final = ("stack", "region", "profile")
"""The options that choose a stack in AWS."""


class CommandFailedError(Exception):
    """A command that failed, or was interrupted: its message to the operator, and its exit status."""

    def __init__(self, message: str, exit_status: int) -> None:
        super().__init__(message)
        self.exit_status = exit_status


@dataclass
class Invocation:
    """The values of these options on one command line."""

    local: bool = False
    json: bool = False
    stack: str | None = None
    region: str | None = None
    profile: str | None = None
    url: str | None = None

    @property
    def stack_name(self) -> str:
        return self.stack or os.environ.get("PIXEL_STACK") or DEFAULT_STACK

    def again(self, *words: str) -> str:
        """Return a command to run next on the same stack."""
        options = ["--local"] if self.local else []
        if not self.local and self.stack_name != DEFAULT_STACK:
            options += ["--stack", self.stack_name]
        for name in ("region", "profile"):
            if value := getattr(self, name):
                options += [f"--{name}", value]
        return " ".join(["pixelctl", *words, *options])


def _keep(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value:
        setattr(context.find_object(Invocation), str(option.name), value)


def _option(*declaration: str, **given: Any) -> click.Option:
    return click.Option(declaration, expose_value=False, callback=_keep, **given)


SHARED: Final = (
    _option("--local", is_flag=True, help="Use the running local stack, found by .local/stack.json (PIXEL_LOCAL_DIR)."),
    _option("--stack", metavar="NAME", help=f"CloudFormation stack (PIXEL_STACK; default: {DEFAULT_STACK})."),
    _option("--region", metavar="REGION", help="AWS Region."),
    _option("--profile", metavar="PROFILE", help="AWS profile."),
    _option("--url", metavar="URL", help="Address of the API, for commands that call it with a key (PIXEL_API_URL)."),
    _option("--json", is_flag=True, help="Print JSON for scripts."),
)
