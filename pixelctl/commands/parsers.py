"""Parsers with the shared options, and what every group of commands uses to read and to suggest commands."""

import argparse
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pixel.foundation.errors import FieldError
from pixel.workspaces.models import InvalidFieldsError, RecordModel, checked
from pixelctl.commands import expiry
from pixelctl.failures import ControlError, fault_lines, joined
from pixelctl.output import Answer
from pixelctl.target import DEFAULT_STACK, Target, find_stack_file

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives it no other name

DIGITS_MAX: Final = 12  # of a number on the command line; Python itself refuses to read thousands of them

Command = Callable[[Any, argparse.Namespace], Answer]


class Place(NamedTuple):
    """The options that choose where a command works, and the connection that it gets as its first argument."""

    add_options: Callable[[argparse.ArgumentParser], None]
    connect: Callable[[argparse.Namespace], Any]


def _connect_to_stack(arguments: argparse.Namespace) -> Target:
    if arguments.local:
        return Target.local(find_stack_file())
    return Target.aws(arguments.stack, region=arguments.region, profile=arguments.profile)


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """Add options without defaults: those of a command would overwrite what was given before it."""
    absent = argparse.SUPPRESS
    where = parser.add_argument_group("target")
    where.add_argument(
        "--stack", default=absent, metavar="NAME", help=f"CloudFormation stack (PIXEL_STACK; default: {DEFAULT_STACK})"
    )
    where.add_argument("--region", default=absent, help="AWS Region")
    where.add_argument("--profile", default=absent, help="AWS profile")
    add_local_option(where)
    add_json_option(parser)


def add_local_option(where: argparse._ArgumentGroup) -> None:
    where.add_argument(
        "--local",
        action="store_true",
        default=argparse.SUPPRESS,
        help="use the running local stack, found by .local/stack.json (PIXEL_LOCAL_DIR)",
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON for scripts")


STACK: Final = Place(add_shared_options, _connect_to_stack)


def add_group(groups: "Subparsers", name: str, summary: str, *, place: Place = STACK) -> "Subparsers":
    group = groups.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False)
    place.add_options(group)
    return group.add_subparsers(metavar="COMMAND", required=True)


def add_command(
    group: "Subparsers", name: str, run: Command, summary: str, *shown: str, place: Place = STACK
) -> argparse.ArgumentParser:
    parser = group.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=examples(*shown),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run, connect=place.connect)
    place.add_options(parser)
    return parser


def add_workspace_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workspace_id", metavar="WORKSPACE", help="ws_...")


def add_expires(parser: argparse.ArgumentParser, stated: str) -> None:
    parser.add_argument(
        "--expires",
        dest="expires_at",
        default=argparse.SUPPRESS,
        metavar="WHEN",
        help=f"{expiry.FORMS} (default: {stated})",
    )


def examples(*lines: str) -> str:
    return "examples:\n" + "\n".join(f"  pixelctl {line}" for line in lines)


def converted(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return an argparse type that reports a ControlError of `convert` as wrong usage."""

    def read(text: str) -> Any:
        try:
            return convert(text)
        except ControlError as failure:
            raise argparse.ArgumentTypeError(str(failure)) from failure

    return read


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


def fields_in(arguments: argparse.Namespace, model: type[RecordModel]) -> dict[str, object]:
    """Return the arguments that are fields of the model."""
    return {name: value for name, value in vars(arguments).items() if name in model.model_fields}


def read_model[Model: RecordModel](
    parser: argparse.ArgumentParser,
    model: type[Model],
    given: Mapping[str, object],
    flags: Mapping[str, str],
    conversions: Mapping[str, Callable[[str], Any]] = MappingProxyType({}),
) -> Model:
    """Return the model of the given values, or exit with wrong usage and name each fault by its option.

    `conversions` convert the text of fields before the rules check them. A ControlError is a fault of the field.
    """
    values = dict(given)
    faults: dict[str, FieldError] = {}
    for name, convert in conversions.items():
        value = values.get(name)
        if isinstance(value, str):
            try:
                values[name] = convert(value)
            except ControlError as failure:
                del values[name]
                faults[name] = FieldError(name, "invalid", str(failure))
    try:
        read = checked(model, values)
    except InvalidFieldsError as failure:
        found = [fault for fault in failure.faults if fault.path not in faults]
        parser.error(joined(fault_lines([*faults.values(), *found], flags)))
    if faults:
        parser.error(joined(fault_lines([*faults.values()], flags)))
    return read


def again(arguments: argparse.Namespace, *words: str) -> str:
    """Return a command to run next on the same stack."""
    options = ["--local"] if arguments.local else []
    if not arguments.local and arguments.stack != DEFAULT_STACK:
        options += ["--stack", arguments.stack]
    for name in ("region", "profile"):
        if value := getattr(arguments, name):
            options += [f"--{name}", value]
    return " ".join(["pixelctl", *words, *options])


def when(target: Target) -> str:
    """Return when a change of a key takes effect: API Gateway may have cached the authorizer's answer."""
    seconds = target.auth_cache_ttl_seconds
    if seconds is None:
        return "when the authorizer's cached answers run out (AuthCacheTtlSeconds of the stack)"
    return f"within {seconds} seconds (AuthCacheTtlSeconds)" if seconds else "at once"


def effect(target: Target) -> dict[str, int | None]:
    return {"effective_within_seconds": target.auth_cache_ttl_seconds}
