"""pixelctl link and domain: short links of a workspace, and the settings of their domain."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import click

from pixel.links.companies import Company
from pixel.links.compiled import PASSWORD_HASH
from pixel.links.models import (
    TAGS_MAX,
    UTM_FIELDS,
    BlockedHost,
    DomainChanges,
    LinkChanges,
    NewLink,
    QueryMode,
    RedirectMode,
)
from pixel.links.rules_items import STICKY_SECRET
from pixel.redirects.signing import LINKS_SECRET, SECRET_BYTES
from pixel.workspaces.models import RecordModel, checked
from pixel.workspaces.record_kind import DELETED_AT
from pixelctl.commands import passwords
from pixelctl.commands.command import Group, read_model, separated, whole_number, workspace_argument, wrong_usage
from pixelctl.commands.expiry import FORMS, parse_expiry
from pixelctl.commands.function_secrets import read_secret, store_secret
from pixelctl.commands.record_options import Option
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target, connect

_COLUMNS = ("id", "short_url", "destination_url", "title", "enabled", "created_at")
_HIDDEN = ("pk", "sk", PASSWORD_HASH, STICKY_SECRET)
_NONE: Final = "none"

link = Group("link")
domain = Group("domain")


def _or_none(text: str) -> str | None:
    return None if text == _NONE else text


def _contents_or_none(path: str) -> str | None:
    if path == _NONE:
        return None
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ControlError("The file cannot be read; check its path.") from None


def _number_or_none(text: str) -> int | str | None:
    return None if text == _NONE else whole_number(text)


def _instant(text: str) -> object:
    return None if text == _NONE else parse_expiry(text)


def _yes_or_no(text: str) -> bool | str:
    return {"yes": True, "no": False}.get(text, text)


_FIELDS = (
    Option("destination_url", "where it leads, such as https://www.example.com/page", "ADDRESS", name="to"),
    Option("title", "a title for people, or none", "TITLE", _or_none),
    Option("description", "a description for people, or none", "TEXT", _or_none),
    Option("external_id", "your own id of the link, or none", "ID", _or_none),
    Option("tags", f"up to {TAGS_MAX} names, separated by commas", "LIST", separated),
    Option("enabled", "yes or no", "YES/NO", _yes_or_no, default="yes"),
    Option("starts_at", f"when it begins to work, or none: {FORMS}", "WHEN", _instant, name="starts"),
    Option("expires_at", f"when it stops working, or none: {FORMS}", "WHEN", _instant, name="expires"),
    Option("expired_url", "where it leads once it has ended, or none", "ADDRESS", _or_none),
    Option("clicks_limit", "how many visitors it lets through, or none", "N", _number_or_none),
    Option("redirect_mode", f"one of {', '.join(get_args(RedirectMode))}", "MODE", default="auto"),
    Option(
        "redirect_status", "302, 307, 301 or 308; browsers keep the last two", "STATUS", whole_number, default="302"
    ),
    Option(
        "query_mode",
        f"what becomes of a visitor's query: one of {', '.join(get_args(QueryMode))}",
        "MODE",
        default="append",
    ),
    *(Option(name, f"{name} of the destination, or none", "TEXT", _or_none) for name in UTM_FIELDS),
    Option("indexable", "whether search engines may list it: yes or no", "YES/NO", _yes_or_no, default="no"),
    Option("deep_link_enabled", "whether its deep links open apps: yes or no", "YES/NO", _yes_or_no, default="no"),
    Option("deep_link_ios", "what opens on iPhones and iPads, such as myapp://page, or none", "ADDRESS", _or_none),
    Option("deep_link_android", "what opens on Android, such as intent://..., or none", "ADDRESS", _or_none),
    Option("deep_link_fallback_url", "where it leads if no app opens, or none", "ADDRESS", _or_none),
    Option("pixel_ids", "up to 10 ids of pixels, separated by commas", "LIST", separated),
    Option("consent", "whether visitors are asked for consent: yes or no", "YES/NO", _yes_or_no),
)
_CODE = Option("short_code", "its code", "CODE", name="code", default="seven random characters")
_DOMAIN = (
    Option("root_url", "where the domain itself leads, or none", "ADDRESS", _or_none),
    Option("not_found_url", "where unknown codes lead, or none", "ADDRESS", _or_none),
    Option("expired_url", "where links that have ended lead, or none", "ADDRESS", _or_none),
    Option(
        "report_address",
        "where visitors report harmful links: an e-mail address, https://... or none",
        "ADDRESS",
        _or_none,
    ),
    Option(
        "apple_app_site_association", "a file of JSON, for universal links of iOS, or none", "FILE", _contents_or_none
    ),
    Option("asset_links", "a file of JSON, for app links of Android, or none", "FILE", _contents_or_none),
)
_COMPANY = (
    Option("name", "the company's name", "NAME"),
    Option("privacy_url", "where it says what becomes of visitors' data", "ADDRESS"),
)


def _options(options: tuple[Option, ...], *, creating: bool = False) -> list[click.Parameter]:
    shown = []
    for one in options:
        default = f" (default: {one.default})" if creating and one.default else ""
        described = f"{one.description[0].upper()}{one.description[1:]}{default}."
        shown.append(click.Option([one.flag, one.field], metavar=one.metavar, help=described))
    return [*shown]


def _read[Model: RecordModel](model: type[Model], options: tuple[Option, ...], given: Mapping[str, Any]) -> Model:
    """Return the model of the options. `none` stands for the removal of a field, which no option stands for."""
    readers = {one.field: one.read for one in options}
    sent = {name: value for name, value in given.items() if value is not None}
    cleared = [name for name, text in sent.items() if text == _NONE and readers[name](text) is None]
    kept = {name: value for name, value in sent.items() if name not in cleared}
    read = read_model(model, kept, readers)
    return checked(model, {**read.given(), **dict.fromkeys(cleared)}) if cleared else read


_link_argument = click.argument("link_id", metavar="LINK_ID", help="link_...")


@link.command("set-up", examples=("link set-up",))
@click.option("--replace", is_flag=True, help="Store a new one; what the present one signed stays valid.")
@click.pass_obj
def _set_up(call: Invocation, *, replace: bool) -> Answer:
    """Store the secret that signs ids of clicks and proofs of passwords, if there is none yet."""
    target = connect(call)
    if target.links_address is None:
        raise ControlError("The stack has no short links; deploy it with EnableLinks=true first.")
    existing = read_secret(target, LINKS_SECRET)
    if existing is not None and not replace:
        return Answer({"changed": False}, "Short links are set up already; --replace stores a new secret.")
    former = existing.split()[:1] if existing else []
    value = " ".join([secrets.token_hex(SECRET_BYTES), *former])
    store_secret(target, LINKS_SECRET, value, replace=existing is not None)
    return Answer({"changed": True}, "Short links are set up. Functions use the secret within five minutes.")


@link.command(
    "create",
    examples=(
        "link create ws_... --to https://www.example.com/page",
        "link create ws_... --to https://www.example.com/sale --code sale --utm-source flyer",
        "link create ws_... --to https://www.example.com/file --clicks-limit 1 --ask-password",
    ),
    params=[*_options((_CODE, *_FIELDS), creating=True), *passwords.options(creating=True)],
)
@workspace_argument
@click.pass_obj
def _create(call: Invocation, /, workspace_id: str, **given: Any) -> Answer:
    """Create a short link, which works at once."""
    way = passwords.take_way(given)
    new = _read(NewLink, (_CODE, *_FIELDS), given)
    target = connect(call)
    if way is not None:
        new = checked(NewLink, {**new.given(), **passwords.read(way)})
    shown = _shown(target, target.links.create(workspace_id, new))
    return Answer(shown, f"{shown['short_url']}\n\n{fields(shown)}")


@link.command("list", examples=("link list ws_...",))
@workspace_argument
@click.pass_obj
def _list(call: Invocation, workspace_id: str) -> Answer:
    """List a workspace's links, newest first."""
    target = connect(call)
    target.store.require_workspace(workspace_id)
    rows = [_shown(target, entry) for entry in target.links.list_live(workspace_id)]
    none = f"No links yet; create one with: {call.again('link create', '--help')}"
    text = table([{name: row.get(name) for name in _COLUMNS} for row in rows], _COLUMNS) if rows else none
    return Answer(rows, text)


@link.command("show", examples=("link show ws_... link_...",))
@workspace_argument
@_link_argument
@click.pass_obj
def _show(call: Invocation, workspace_id: str, link_id: str) -> Answer:
    """Show a link."""
    target = connect(call)
    return _answer(target, target.links.find(workspace_id, link_id))


@link.command(
    "update",
    examples=(
        "link update ws_... link_... --to https://www.example.com/new",
        "link update ws_... link_... --enabled no",
    ),
    params=[*_options(_FIELDS), *passwords.options(creating=False)],
)
@workspace_argument
@_link_argument
@click.pass_obj
def _update(call: Invocation, /, workspace_id: str, link_id: str, **given: Any) -> Answer:
    """Change the given fields of a link. Its code never changes, because it may be printed."""
    way = passwords.take_way(given)
    changes = _read(LinkChanges, _FIELDS, given).given()
    if not changes and way is None:
        raise wrong_usage(f"nothing to change; give one or more of {', '.join(one.flag for one in _FIELDS)}")
    target = connect(call)
    whole = checked(LinkChanges, {**changes, **passwords.read(way)})
    return _answer(target, target.links.update(workspace_id, link_id, whole))


@link.command("delete", examples=("link delete ws_... link_...",))
@workspace_argument
@_link_argument
@click.pass_obj
def _delete(call: Invocation, workspace_id: str, link_id: str) -> Answer:
    """Delete a link. For 90 days, only its workspace may take its code again. Clicks that were counted stay."""
    target = connect(call)
    item, changed = target.links.delete(workspace_id, link_id)
    text = f"{link_id} is deleted." if changed else f"{link_id} was deleted already, at {item[DELETED_AT]}."
    return Answer({**_shown(target, item), "changed": changed}, text)


@link.command("ban", examples=("link ban ws_... link_...", "link ban ws_... link_... --lift"))
@workspace_argument
@_link_argument
@click.option("--lift", is_flag=True, help="Lift the ban.")
@click.pass_obj
def _ban(call: Invocation, workspace_id: str, link_id: str, *, lift: bool) -> Answer:
    """Ban a link, which then leads nowhere and says that it is blocked. Containers know it within five seconds."""
    target = connect(call)
    return _answer(target, target.links.set_banned(workspace_id, link_id, banned=not lift))


@link.command(
    "company",
    examples=('link company ws_... --name "Kettle & Crow" --privacy-url https://www.example.com/privacy',),
    params=_options(_COMPANY),
)
@workspace_argument
@click.pass_obj
def _company(call: Invocation, /, workspace_id: str, **given: Any) -> Answer:
    """Set the company in whose name a workspace's links ask for consent. Links that do name it at once."""
    company = _read(Company, _COMPANY, given)
    target = connect(call)
    target.store.require_workspace(workspace_id)
    shown = target.links.set_company(workspace_id, company)
    return Answer(shown, fields(shown))


@domain.command("show", examples=("domain show",))
@click.pass_obj
def _show_domain(call: Invocation) -> Answer:
    """Show the domain of the deployment's short links."""
    target = connect(call)
    return _domain_answer(target, target.links.find_domain())


@domain.command(
    "update",
    examples=("domain update --root-url https://www.example.com", "domain update --not-found-url none"),
    params=_options(_DOMAIN),
)
@click.pass_obj
def _update_domain(call: Invocation, /, **given: Any) -> Answer:
    """Change the settings of the domain. Containers know them within a minute."""
    changes = _read(DomainChanges, _DOMAIN, given)
    if not changes.model_fields_set:
        raise wrong_usage(f"nothing to change; give one or more of {', '.join(one.flag for one in _DOMAIN)}")
    target = connect(call)
    return _domain_answer(target, target.links.update_domain(changes))


_host_argument = click.argument("host", metavar="HOST", help="A domain name such as bad.example.com.")


@domain.command("block", examples=("domain block bad.example.com",))
@_host_argument
@click.pass_obj
def _block(call: Invocation, host: str) -> Answer:
    """Let no link lead to a host, or to any name below it, from now on. `link ban` stops those that do already."""
    return _blocked(connect(call), read_model(BlockedHost, {"host": host}), blocked=True)


@domain.command("unblock", examples=("domain unblock bad.example.com",))
@_host_argument
@click.pass_obj
def _unblock(call: Invocation, host: str) -> Answer:
    """Let links lead to a host again."""
    return _blocked(connect(call), read_model(BlockedHost, {"host": host}), blocked=False)


@domain.command("blocked", examples=("domain blocked",))
@click.pass_obj
def _list_blocked(call: Invocation) -> Answer:
    """List the hosts to which no link may lead."""
    hosts = connect(call).links.list_blocked()
    return Answer(hosts, "\n".join(hosts) or "No hosts are blocked.")


def _blocked(target: Target, blocked_host: BlockedHost, *, blocked: bool) -> Answer:
    target.links.set_blocked(blocked_host, blocked=blocked)
    shown = {"host": blocked_host.host, "blocked": blocked}
    return Answer(shown, fields(shown))


def _domain_answer(target: Target, settings: Mapping[str, Any]) -> Answer:
    shown = {"url": target.links_url, **{one.field: settings.get(one.field) for one in _DOMAIN}}
    return Answer(shown, fields(shown))


def _answer(target: Target, item: Mapping[str, Any]) -> Answer:
    shown = _shown(target, item)
    return Answer(shown, fields(shown))


def _shown(target: Target, item: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in item.items() if name not in _HIDDEN}
    protected = {"password_protected": True} if PASSWORD_HASH in item else {}
    return {"id": rest.pop("id"), "short_url": f"{target.links_url}/{item['code']}", **rest, **protected}
