"""pixelctl website, goal, alert, report and share-link: what they take."""

from argparse import SUPPRESS, Action, ArgumentParser, Namespace
from typing import TYPE_CHECKING, NamedTuple

from pixelctl.cli import Command, add_command, add_group, add_workspace_id
from pixelctl.commands import records
from pixelctl.failures import InvalidValuesError
from pixelctl.record_kinds import ALERT, GOAL, REPORT, SHARE_LINK, WEBSITE, Kind

if TYPE_CHECKING:
    from argparse import _MutuallyExclusiveGroup as MutuallyExclusive

    from pixelctl.cli import Subparsers


class _Group(NamedTuple):
    kind: Kind
    summary: str
    create: Command
    update: Command
    delete: Command
    created_with: tuple[str, ...]  # examples of options
    updated_with: tuple[str, ...]


def add_record_commands(groups: "Subparsers") -> None:
    for shape in _groups():
        group = add_group(groups, shape.kind.command, shape.summary)
        _add_create(group, shape)
        _add_list(group, shape.kind)
        _add_show(group, shape.kind)
        _add_update(group, shape)
        _add_delete(group, shape)


def _groups() -> tuple[_Group, ...]:
    return (
        _Group(
            WEBSITE,
            "websites of a workspace",
            records.create_website,
            records.update_website,
            records.delete_website,
            ("--domain shop.example.com --name 'Shop'",),
            ("--name 'Our shop'", "--domain www.example.com"),
        ),
        _Group(
            GOAL,
            "goals of a website",
            records.create,
            records.update,
            records.delete,
            (
                "--website admx_... --name 'Sign-up' --selector '#signup'",
                "--website admx_... --name 'Order' --selector '/thanks*'",
            ),
            ("--selector 'https://example.com/thanks*'",),
        ),
        _Group(
            ALERT,
            "alerts of a website",
            records.create,
            records.update,
            records.delete,
            ("--website admx_... --metric bounce_rate --threshold 0.75 --channel slack",),
            ("--threshold 0.8",),
        ),
        _Group(
            REPORT,
            "scheduled reports of a website",
            records.create,
            records.update,
            records.delete,
            (
                "--website admx_... --cadence weekly --channel email --recipients ann@example.com,bob@example.com",
                "--website admx_... --cadence daily --channel slack --recipients '#sales'",
            ),
            ("--cadence monthly", "--channel slack --recipients '#sales'"),
        ),
        _Group(
            SHARE_LINK,
            "public links to a website's dashboard",
            records.create_share_link,
            records.update_share_link,
            records.delete,
            ("--website admx_... --expires 90d --ask-password", "--website admx_... --password-stdin < password.txt"),
            ("--expires never", "--no-password"),
        ),
    )


def _add_create(group: "Subparsers", shape: _Group) -> None:
    kind = shape.kind
    once = "; its token is shown this once" if kind is SHARE_LINK else ""
    lines = [f"{kind.command} create ws_... {options}" for options in shape.created_with]
    parser = add_command(group, "create", shape.create, f"make {kind.one}{once}", *lines)
    add_workspace_id(parser)
    if kind is not WEBSITE:
        parser.add_argument("--website", required=True, metavar="WEBSITE_ID", help="admx_..., what it belongs to")
    _add_fields(parser, kind, creating=True)
    if kind is SHARE_LINK:
        _add_password(parser)

    def check(arguments: Namespace) -> None:
        try:
            arguments.values = kind.checked_new(_given(arguments, kind))
        except InvalidValuesError as failure:
            parser.error(str(failure))

    parser.set_defaults(kind=kind, check=check)


def _add_list(group: "Subparsers", kind: Kind) -> None:
    line = f"{kind.command} list ws_..."
    lines = [line] if kind is WEBSITE else [line, f"{line} --website admx_..."]
    parser = add_command(group, "list", records.list_, f"list a workspace's {kind.noun}s, oldest first", *lines)
    add_workspace_id(parser)
    if kind is not WEBSITE:
        parser.add_argument("--website", metavar="WEBSITE_ID", help="only those of this website")
    parser.set_defaults(kind=kind, website=None)


def _add_show(group: "Subparsers", kind: Kind) -> None:
    line = f"{kind.command} show ws_... {kind.id_prefix}_..."
    _add_record_id(add_command(group, "show", records.show, f"show {kind.one}", line), kind)


def _add_update(group: "Subparsers", shape: _Group) -> None:
    kind = shape.kind
    lines = [f"{kind.command} update ws_... {kind.id_prefix}_... {options}" for options in shape.updated_with]
    parser = add_command(group, "update", shape.update, f"change {kind.one}: what is given, and nothing else", *lines)
    _add_record_id(parser, kind)
    _add_fields(parser, kind, creating=False)
    flags = [field.flag for field in kind.fields]
    if kind is SHARE_LINK:
        _add_password(parser).add_argument("--no-password", action="store_true", help="open the link to everybody")
        flags += ["--ask-password", "--password-stdin", "--no-password"]

    def check(arguments: Namespace) -> None:
        try:
            arguments.values = kind.checked(_given(arguments, kind))
        except InvalidValuesError as failure:
            parser.error(str(failure))
        if not arguments.values and not records.changes_password(arguments):
            parser.error(f"nothing to change; give one or more of {', '.join(flags)}")

    parser.set_defaults(check=check)


def _add_delete(group: "Subparsers", shape: _Group) -> None:
    kind = shape.kind
    along = ", and the goals, alerts, reports and share links of it" if kind is WEBSITE else ""
    line = f"{kind.command} delete ws_... {kind.id_prefix}_..."
    _add_record_id(add_command(group, "delete", shape.delete, f"delete {kind.one}{along}", line), kind)


def _add_record_id(parser: ArgumentParser, kind: Kind) -> None:
    add_workspace_id(parser)
    parser.add_argument("record_id", metavar=f"{kind.id_prefix.upper()}_ID", help=f"{kind.id_prefix}_...")
    parser.set_defaults(kind=kind)


def _add_fields(parser: ArgumentParser, kind: Kind, *, creating: bool) -> None:
    for field in kind.fields:
        default = " (default: never)" if creating and not field.required else ""
        parser.add_argument(
            field.flag,
            dest=field.attribute,
            required=creating and field.required,
            metavar=field.metavar,
            help=field.description.replace("%", "%%") + default,
        )


def _add_password(parser: ArgumentParser) -> "MutuallyExclusive":
    """Never as an argument: other users of the machine see those."""
    parser.add_argument("--password", nargs="?", action=_RefusedPassword, help=SUPPRESS)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--ask-password", action="store_true", help="ask for a password at the terminal")
    ways.add_argument("--password-stdin", action="store_true", help="read a password from standard input")
    return ways


def _given(arguments: Namespace, kind: Kind) -> dict[str, str]:
    given = {field.attribute: getattr(arguments, field.attribute) for field in kind.fields}
    return {name: text for name, text in given.items() if text is not None}


class _RefusedPassword(Action):
    """Says so without repeating it."""

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        parser.error("others can read a password that is an argument; use --ask-password or --password-stdin")
