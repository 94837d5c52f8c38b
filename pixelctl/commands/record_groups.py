"""pixelctl website, goal, alert, report and share-link: their arguments and options."""

from argparse import SUPPRESS, Action, ArgumentParser, Namespace
from typing import TYPE_CHECKING, NamedTuple

from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.errors import with_article
from pixel.workspaces.goals import GOALS
from pixel.workspaces.kinds import SHARE_LINK, WEBSITE, RecordKind
from pixel.workspaces.models import RecordModel
from pixel.workspaces.reports import REPORTS
from pixel.workspaces.rules import Rules
from pixel.workspaces.share_links import SHARE_LINKS
from pixel.workspaces.websites import WEBSITES
from pixelctl.commands import records
from pixelctl.commands.confirmation import add_yes
from pixelctl.commands.parsers import add_command, add_group, add_workspace_id, fields_in, read_model
from pixelctl.commands.record_options import OPTIONS
from pixelctl.commands.records import command_of

if TYPE_CHECKING:
    from argparse import _MutuallyExclusiveGroup as MutuallyExclusive

    from pixelctl.commands.parsers import Subparsers


class _Group(NamedTuple):
    rules: Rules
    summary: str
    created_with: tuple[str, ...]  # examples of options
    updated_with: tuple[str, ...]


def add_record_commands(groups: "Subparsers") -> None:
    for shape in _groups():
        group = add_group(groups, command_of(shape.rules.kind), shape.summary)
        _add_create(group, shape)
        _add_list(group, shape.rules.kind)
        _add_show(group, shape.rules.kind)
        _add_update(group, shape)
        _add_delete(group, shape)


def _groups() -> tuple[_Group, ...]:
    return (
        _Group(
            WEBSITES,
            "websites of a workspace",
            ("--domain shop.example.com --name 'Shop'",),
            ("--name 'Our shop'", "--domain www.example.com"),
        ),
        _Group(
            GOALS,
            "goals of a website",
            (
                "--website admx_... --name 'Sign-up' --selector '#signup'",
                "--website admx_... --name 'Order' --selector '/thanks*'",
            ),
            ("--selector 'https://example.com/thanks*'",),
        ),
        _Group(
            ALERTS,
            "alerts of a website",
            ("--website admx_... --metric bounce_rate --threshold 0.75 --channel slack",),
            ("--threshold 0.8",),
        ),
        _Group(
            REPORTS,
            "scheduled reports of a website",
            (
                "--website admx_... --cadence weekly --channel email --recipients ann@example.com,bob@example.com",
                "--website admx_... --cadence daily --channel slack --recipients '#sales'",
            ),
            ("--cadence monthly", "--channel slack --recipients '#sales'"),
        ),
        _Group(
            SHARE_LINKS,
            "public links to a website's dashboard",
            ("--website admx_... --expires 90d --ask-password", "--website admx_... --password-stdin < password.txt"),
            ("--expires never", "--no-password"),
        ),
    )


def _add_create(group: "Subparsers", shape: _Group) -> None:
    kind = shape.rules.kind
    once = ", whose token is shown only once" if kind is SHARE_LINK else ""
    lines = [f"{command_of(kind)} create ws_... {options}" for options in shape.created_with]
    parser = add_command(
        group, "create", records.creating(shape.rules), f"create {with_article(kind.noun)}{once}", *lines
    )
    add_workspace_id(parser)
    if kind is not WEBSITE:
        parser.add_argument(
            "--website",
            dest="website_id",
            required=True,
            metavar="WEBSITE_ID",
            help="admx_..., the website that it belongs to",
        )
    _add_fields(parser, kind, creating=True)
    if kind is SHARE_LINK:
        _add_password(parser)

    def check(arguments: Namespace) -> None:
        _read(parser, kind, shape.rules.new, arguments)

    parser.set_defaults(check=check)


def _add_list(group: "Subparsers", kind: RecordKind) -> None:
    line = f"{command_of(kind)} list ws_..."
    lines = [line] if kind is WEBSITE else [line, f"{line} --website admx_..."]
    parser = add_command(group, "list", records.list_, f"list a workspace's {kind.noun}s, oldest first", *lines)
    add_workspace_id(parser)
    if kind is not WEBSITE:
        parser.add_argument("--website", metavar="WEBSITE_ID", help="list only those of this website")
    parser.set_defaults(kind=kind, website=None)


def _add_show(group: "Subparsers", kind: RecordKind) -> None:
    line = f"{command_of(kind)} show ws_... {kind.id_prefix}_..."
    _add_record_id(add_command(group, "show", records.show, f"show {with_article(kind.noun)}", line), kind)


def _add_update(group: "Subparsers", shape: _Group) -> None:
    kind = shape.rules.kind
    lines = [f"{command_of(kind)} update ws_... {kind.id_prefix}_... {options}" for options in shape.updated_with]
    summary = f"change the given fields of {with_article(kind.noun)}"
    parser = add_command(group, "update", records.updating(shape.rules), summary, *lines)
    _add_record_id(parser, kind)
    _add_fields(parser, kind, creating=False)
    flags = [option.flag for option in OPTIONS[kind.noun]]
    if kind is SHARE_LINK:
        _add_password(parser).add_argument("--no-password", action="store_true", help="remove the password")
        flags += ["--ask-password", "--password-stdin", "--no-password"]

    def check(arguments: Namespace) -> None:
        _read(parser, kind, shape.rules.changes, arguments)
        if not arguments.model.given() and not records.changes_password(arguments):
            parser.error(f"nothing to change; give one or more of {', '.join(flags)}")

    parser.set_defaults(check=check)


def _add_delete(group: "Subparsers", shape: _Group) -> None:
    kind = shape.rules.kind
    along = " and its goals, alerts, reports and share links" if kind is WEBSITE else ""
    line = f"{command_of(kind)} delete ws_... {kind.id_prefix}_..."
    summary = f"delete {with_article(kind.noun)}{along}"
    parser = add_command(group, "delete", records.deleting(shape.rules), summary, line)
    _add_record_id(parser, kind)
    if kind is WEBSITE:
        add_yes(parser)


def _add_record_id(parser: ArgumentParser, kind: RecordKind) -> None:
    add_workspace_id(parser)
    parser.add_argument("record_id", metavar=f"{kind.id_prefix.upper()}_ID", help=f"{kind.id_prefix}_...")
    parser.set_defaults(kind=kind)


def _add_fields(parser: ArgumentParser, kind: RecordKind, *, creating: bool) -> None:
    for option in OPTIONS[kind.noun]:
        default = f" (default: {option.default})" if creating and not option.required else ""
        parser.add_argument(
            option.flag,
            dest=option.field,
            default=SUPPRESS,
            required=creating and option.required,
            metavar=option.metavar,
            help=option.description.replace("%", "%%") + default,
        )


def _add_password(parser: ArgumentParser) -> "MutuallyExclusive":
    """Add the ways to give a password; an argument is not one, because other users of the machine can read it."""
    parser.add_argument("--password", nargs="?", action=_RefusedPassword, default=SUPPRESS, help=SUPPRESS)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--ask-password", action="store_true", help="ask for a password at the terminal")
    ways.add_argument("--password-stdin", action="store_true", help="read a password from standard input")
    return ways


def _read(parser: ArgumentParser, kind: RecordKind, model: type[RecordModel], arguments: Namespace) -> None:
    """Read the options into the arguments `model` and `flags`."""
    options = OPTIONS[kind.noun]
    arguments.flags = {"website_id": "--website", **{option.field: option.flag for option in options}}
    if kind is SHARE_LINK:
        arguments.flags["password"] = "--ask-password" if arguments.ask_password else "--password-stdin"
    conversions = {option.field: option.read for option in options}
    arguments.model = read_model(parser, model, fields_in(arguments, model), arguments.flags, conversions)


class _RefusedPassword(Action):
    """An option that is refused without repeating its value."""

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        parser.error("other users can read a password given as an argument; use --ask-password or --password-stdin")
