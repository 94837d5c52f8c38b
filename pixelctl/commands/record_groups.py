"""pixelctl website, goal, alert, report, share-link and destination: their arguments and options."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import click

from pixel.hooks.destinations import DESTINATIONS
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.errors import with_article
from pixel.workspaces.goals import GOALS
from pixel.workspaces.models import RecordModel
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.reports import REPORTS
from pixel.workspaces.rules import Rules
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.share_links import SHARE_LINKS
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.websites import WEBSITES
from pixelctl.commands import addresses, passwords, records
from pixelctl.commands.command import Group, read_model, workspace_argument, wrong_usage
from pixelctl.commands.confirmation import YES
from pixelctl.commands.record_options import OPTIONS
from pixelctl.commands.records import command_of
from pixelctl.invocation import Invocation
from pixelctl.output import Answer
from pixelctl.target import connect


class _Shape(NamedTuple):
    rules: Rules
    created_with: tuple[str, ...]  # examples of options
    updated_with: tuple[str, ...]


_SHAPES = (
    _Shape(
        WEBSITES,
        ("--domain shop.example.com --name 'Shop'",),
        ("--name 'Our shop'", "--domain www.example.com"),
    ),
    _Shape(
        GOALS,
        (
            "--website admx_... --name 'Sign-up' --selector event:signup",
            "--website admx_... --name 'Order' --selector '/thanks*'",
        ),
        ("--selector 'https://example.com/thanks*'",),
    ),
    _Shape(
        ALERTS,
        (
            "--website admx_... --metric bounce_rate --threshold 0.75 --channel slack --recipients '#sales'",
            "--website admx_... --metric visitors --kind anomaly --direction below --channel webhook",
        ),
        ("--threshold 0.8", "--snoozed-until 7d"),
    ),
    _Shape(
        REPORTS,
        (
            "--website admx_... --cadence weekly --channel email --recipients ann@example.com,bob@example.com",
            "--website admx_... --cadence daily --channel slack --recipients '#sales'",
        ),
        ("--cadence monthly", "--channel slack --recipients '#sales'"),
    ),
    _Shape(
        SHARE_LINKS,
        ("--website admx_... --expires 90d --ask-password", "--website admx_... --password-stdin < password.txt"),
        ("--expires never", "--no-password"),
    ),
    _Shape(
        DESTINATIONS,
        (
            "--kind webhook --name 'Warehouse' --events alert.fired,key.created --ask-url",
            "--kind slack --name '#sales' --url-stdin < url.txt",
        ),
        ("--enabled true", "--ask-url"),
    ),
)


def _group(shape: _Shape) -> Group:
    group = Group(command_of(shape.rules.kind))
    _add_create(group, shape)
    _add_list(group, shape.rules.kind)
    _add_show(group, shape.rules.kind)
    _add_update(group, shape)
    _add_delete(group, shape.rules)
    return group


def _add_create(group: Group, shape: _Shape) -> None:
    kind = shape.rules.kind
    once = {SHARE_LINK.noun: ", whose token is shown only once", DESTINATION.noun: ", whose secret is shown only once"}
    website = _website_option("admx_..., the website that it belongs to.")

    @group.command(
        "create",
        help=f"Create {with_article(kind.noun)}{once.get(kind.noun, '')}.",
        examples=[f"{command_of(kind)} create ws_... {options}" for options in shape.created_with],
        params=[*([website] if _is_of_website(kind) else []), *_options(kind, creating=True)],
    )
    @workspace_argument
    @click.pass_obj
    def create(call: Invocation, /, workspace_id: str, **given: Any) -> Answer:
        way = passwords.take_way(given)
        given |= addresses.read(given)
        new = _read(kind, shape.rules.new, given).given()
        target = connect(call)
        return records.create(target, call, workspace_id, shape.rules, {**new, **passwords.read(way)})


def _add_list(group: Group, kind: RecordKind) -> None:
    line = f"{command_of(kind)} list ws_..."

    @group.command(
        "list",
        help=f"List a workspace's {kind.noun}s, oldest first.",
        examples=[line, f"{line} --website admx_..."] if _is_of_website(kind) else [line],
        params=[_website_option("List only those of this website.")] if _is_of_website(kind) else [],
    )
    @workspace_argument
    @click.pass_obj
    def list_(call: Invocation, workspace_id: str, website_id: str | None = None) -> Answer:
        return records.list_(connect(call), call, workspace_id, kind, website_id)


def _add_show(group: Group, kind: RecordKind) -> None:
    line = f"{command_of(kind)} show ws_... {kind.id_prefix}_..."

    @group.command("show", help=f"Show {with_article(kind.noun)}.", examples=[line])
    @workspace_argument
    @_record_argument(kind)
    @click.pass_obj
    def show(call: Invocation, workspace_id: str, record_id: str) -> Answer:
        return records.show(connect(call), workspace_id, kind, record_id)


def _add_update(group: Group, shape: _Shape) -> None:
    kind = shape.rules.kind
    line = f"{command_of(kind)} update ws_... {kind.id_prefix}_..."
    options = _options(kind, creating=False)

    @group.command(
        "update",
        help=f"Change the given fields of {with_article(kind.noun)}.",
        examples=[f"{line} {changes}" for changes in shape.updated_with],
        params=[*options],
    )
    @workspace_argument
    @_record_argument(kind)
    @click.pass_obj
    def update(call: Invocation, /, workspace_id: str, record_id: str, **given: Any) -> Answer:
        way = passwords.take_way(given)
        given |= addresses.read(given)
        changes = _read(kind, shape.rules.changes, given).given()
        if not changes and way is None:
            flags = ", ".join(option.opts[0] for option in options if not option.hidden)
            raise wrong_usage(f"nothing to change; give one or more of {flags}")
        target = connect(call)
        return records.update(target, workspace_id, record_id, shape.rules, {**changes, **passwords.read(way)})


def _add_delete(group: Group, rules: Rules) -> None:
    kind = rules.kind
    along = " and its goals, alerts, reports and share links" if kind is WEBSITE else ""

    @group.command(
        "delete",
        help=f"Delete {with_article(kind.noun)}{along}.",
        examples=[f"{command_of(kind)} delete ws_... {kind.id_prefix}_..."],
        params=[YES] if rules.children else [],
    )
    @workspace_argument
    @_record_argument(kind)
    @click.pass_obj
    def delete(call: Invocation, workspace_id: str, record_id: str, *, yes: bool = False) -> Answer:
        return records.delete(connect(call), workspace_id, record_id, rules, confirmed=yes)


def _record_argument(kind: RecordKind) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    name = "WEBSITE" if kind is WEBSITE else kind.id_prefix.upper()
    return click.argument("record_id", metavar=f"{name}_ID", help=f"{kind.id_prefix}_...")


def _website_option(description: str) -> click.Option:
    return click.Option(["--website", "website_id"], metavar="WEBSITE_ID", help=description)


def _options(kind: RecordKind, *, creating: bool) -> list[click.Option]:
    """Return the options of a record's fields. The rules say which are missing, all of them at once."""
    options = []
    for option in OPTIONS[kind.noun]:
        if kind is DESTINATION and option.field == "kind" and not creating:
            continue  # it cannot be changed
        default = f" (default: {option.default})" if creating and option.default else ""
        described = f"{option.description[0].upper()}{option.description[1:]}{default}."
        options.append(click.Option([option.flag, option.field], metavar=option.metavar, help=described))
    more = {SHARE_LINK.noun: lambda: passwords.options(creating=creating), DESTINATION.noun: addresses.options}
    return [*options, *more[kind.noun]()] if kind.noun in more else options


def _read(kind: RecordKind, model: type[RecordModel], given: Mapping[str, Any]) -> RecordModel:
    return read_model(model, given, {option.field: option.read for option in OPTIONS[kind.noun]})


def _is_of_website(kind: RecordKind) -> bool:
    return kind not in (WEBSITE, DESTINATION)


website, goal, alert, report, share_link, destination = map(_group, _SHAPES)
