"""Commands that run on a stack, and what every group of them uses to read and to suggest commands."""

import os
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import click

from pixel.foundation.errors import FieldError
from pixel.workspaces.models import InvalidFieldsError, RecordModel, checked
from pixelctl import output
from pixelctl.commands import expiry
from pixelctl.failures import FAILURES, ControlError, fault_lines, joined, sentence
from pixelctl.help_pages import GroupPage, HelpPage
from pixelctl.invocation import CommandFailedError, Invocation
from pixelctl.output import Answer
from pixelctl.target import Target

DIGITS_MAX: Final = 12  # of a number on the command line; Python itself refuses to read thousands of them
FAILED: Final = 1
WRONG_USAGE: Final = 2  # as click exits
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

workspace_argument = click.argument("workspace_id", metavar="WORKSPACE", help="ws_...")


class Command(HelpPage):
    """A command that returns an Answer, which is printed, or raises one of FAILURES, which becomes a message."""

    def invoke(self, ctx: click.Context) -> int:
        call = ctx.ensure_object(Invocation)
        try:
            answer: Answer = super().invoke(ctx)
            text = output.to_json(answer.data) if call.json else answer.text
            click.echo(text, nl=not text.endswith("\n"))
            sys.stdout.flush()
        except KeyboardInterrupt as stop:
            raise CommandFailedError(". ".join(["interrupted", *getattr(stop, "__notes__", [])]), INTERRUPTED) from stop
        except BrokenPipeError:
            # Python flushes standard output again at exit, which would print an error for the closed pipe.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return PIPE_CLOSED
        except FAILURES as failure:
            status = WRONG_USAGE if isinstance(failure, InvalidFieldsError) else FAILED
            raise CommandFailedError(sentence(failure, local=call.local, flags=_flags(ctx)), status) from failure
        return answer.exit_status


class Group(GroupPage):
    command_class = Command


def wrong_usage(message: str) -> click.UsageError:
    """Return the error of a command line that cannot be understood; nothing was done."""
    return click.UsageError(message, click.get_current_context())


def expires_option(stated: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--expires", "expires_at", metavar="WHEN", help=f"{expiry.FORMS} (default: {stated}).")


def whole_number(text: str) -> int | str:
    """Return the number that the text stands for, or the text itself, which the rules of the field then refuse."""
    if not (text.isdecimal() and text.isascii()):
        return text
    if len(text) > DIGITS_MAX:
        raise ControlError(f"This number has more than {DIGITS_MAX} digits; use a smaller one.")
    return int(text)


def separated(text: str) -> list[str]:
    """Return the entries of a list that is separated by commas."""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def read_model[Model: RecordModel](
    model: type[Model],
    given: Mapping[str, object],
    conversions: Mapping[str, Callable[[str], Any]] = MappingProxyType({}),
) -> Model:
    """Return the model of the given values, or exit with wrong usage and name each fault by its option.

    None stands for a value that was not given. `conversions` convert the text of fields before the rules check them.
    A ControlError is a fault of the field.
    """
    values = {name: value for name, value in given.items() if value is not None}
    faults: dict[str, FieldError] = {}
    for name, convert in conversions.items():
        value = values.get(name)
        if isinstance(value, str):
            try:
                values[name] = convert(value)
            except ControlError as failure:
                del values[name]
                faults[name] = FieldError(name, "invalid", str(failure))
    flags = _flags(click.get_current_context())
    try:
        read = checked(model, values)
    except InvalidFieldsError as failure:
        found = [fault for fault in failure.faults if fault.path not in faults]
        raise wrong_usage(joined(fault_lines([*faults.values(), *found], flags))) from None
    if faults:
        raise wrong_usage(joined(fault_lines([*faults.values()], flags)))
    return read


def when(target: Target) -> str:
    """Return when a change of a key takes effect: API Gateway may have cached the authorizer's answer."""
    seconds = target.auth_cache_ttl_seconds
    if seconds is None:
        return "when the authorizer's cached answers run out (AuthCacheTtlSeconds of the stack)"
    return f"within {seconds} seconds (AuthCacheTtlSeconds)" if seconds else "at once"


def effect(target: Target) -> dict[str, int | None]:
    return {"effective_within_seconds": target.auth_cache_ttl_seconds}


def name_field(field: str, flag: str) -> None:
    """Let messages name a field by an option that does not have its name."""
    click.get_current_context().meta.setdefault(__name__, {})[field] = flag


def _flags(context: click.Context) -> dict[str, str]:
    """Return the option or the argument of each field, by which messages name it."""
    flags = {
        str(param.name): param.opts[0] if isinstance(param, click.Option) else param.human_readable_name
        for param in context.command.params
    }
    renamed: dict[str, str] = context.meta.get(__name__, {})
    return flags | renamed
