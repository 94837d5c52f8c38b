"""The store of links in DynamoDB: one conditional transaction for each write; only labels are looked up before it.

A link is several items: the compiled link that redirects read, the link as it was sent, an entry of its workspace's
list, and its external id. A deleted link keeps its own item, and leaves its code to its workspace alone for 90 days.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import batched
from typing import Any, Final, NamedTuple

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, PRESENT, Expected
from pixel.aws.json_service import back_off
from pixel.aws.tables import Action, Database, Query, WriteRefusedError
from pixel.foundation.clock import epoch_seconds, now, to_iso
from pixel.foundation.errors import FieldErrors
from pixel.foundation.ids import new_id
from pixel.links import codes, link_items
from pixel.links.codes import (
    BLOCKED_PREFIX,
    USED_CLICKS_PREFIX,
    blocked_host_key,
    code_key,
    domain_key,
    random_code,
    used_clicks_key,
)
from pixel.links.companies import Company, company_key, read_company
from pixel.links.compiled import ADDRESSES, BANNED_AT, CONSENT, DEFAULTS, asks_consent, compiled, with_changes
from pixel.links.destinations import hosts_above
from pixel.links.labels_of_links import Labels
from pixel.links.models import BlockedHost, DomainChanges, LinkChanges, NewLink
from pixel.links.reading import ID_PREFIX, LinkReader, require_link_id
from pixel.links.rules_items import LinkWithRules, deletions, link_key, read_link
from pixel.workspaces.audit import OPERATOR, audit_entry
from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, InvalidIdError, NotFoundError
from pixel.workspaces.models import InvalidFieldsError
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.store import Deletion, meta_key

HELD_DAYS: Final = 90
CHANGE_ATTEMPTS: Final = 5
HELD_UNTIL: Final = "held_until"
"""The attribute by which DynamoDB deletes items, in seconds: it sets the codes of deleted links free."""

Adapted = Callable[[Item, Mapping[str, Any]], Mapping[str, Any]]


class ShortCodeTakenError(AlreadyExistsError):
    """The code that was asked for belongs to another link, or is held for another workspace."""

    def __init__(self) -> None:
        super().__init__("This short code is taken; choose another one.", None)


class _TakenError(Exception):
    """A code belongs to another link, or is held for another workspace."""


ExtraActions = Callable[[Item], Iterable[Action]]
"""Returns further actions for the transaction that writes a link or a rule."""


def no_extra_actions(_item: Item) -> Iterable[Action]:
    return ()


class LinkStore(NamedTuple):
    """The links of one deployment."""

    database: Database
    links_table: str
    workspace_table: str
    own_hosts: Collection[str]  # of short links, to which no link may lead
    actor: str = OPERATOR

    @property
    def reader(self) -> LinkReader:
        return LinkReader(self.database, self.links_table)

    def create(self, workspace_id: str, new: NewLink, *, also: ExtraActions = no_extra_actions) -> Item:
        """Create a link. Without a short code it gets a random one that is free.

        The actions that `also` returns are part of the transaction.
        """
        given = new.given()
        chosen = given.pop("short_code", None)
        moment = to_iso(now())
        link_id = new_id(ID_PREFIX)
        given.setdefault("destination_url", None)
        base = {**link_key(link_id), "id": link_id, "workspace_id": workspace_id, "version": 1}
        whole = with_changes({**base, **DEFAULTS, "created_at": moment, "updated_at": moment}, given, self.own_hosts)
        self.refuse_blocked({name: str(given[name]) for name in ADDRESSES if given.get(name)})
        for attempt in range(1, codes.ATTEMPTS + 1):
            link = {**whole, "code": str(chosen) if chosen else random_code(attempt)}
            try:
                return self._insert(link, given, also)
            except _TakenError:
                if chosen:
                    raise ShortCodeTakenError from None
        raise ConcurrentChangeError("the short codes")

    def find(self, workspace_id: str, link_id: str) -> Item:
        """Return a live link of a workspace. A link of another workspace is not found, as none is."""
        return self.reader.find(workspace_id, link_id)

    def find_with_rules(self, workspace_id: str, link_id: str) -> LinkWithRules:
        """Return a live link of a workspace and its rules, by one query."""
        found = self._find_any(workspace_id, link_id)
        if DELETED_AT in found.link:
            raise NotFoundError(ID_PREFIX, link_id, workspace_id, found.link[DELETED_AT])
        return found

    def find_compiled(self, workspace_id: str, link_id: str) -> Item:
        """Return what redirects read of a live link, made anew, as a simulation needs it."""
        return self._compiled(*self.find_with_rules(workspace_id, link_id))

    def find_with_deleted(self, workspace_id: str, link_id: str) -> Item:
        """Return a link of a workspace, which may be deleted."""
        return self.reader.find_any(workspace_id, link_id)

    def find_all(self, workspace_id: str, link_ids: Sequence[str]) -> list[Item]:
        """Return those of up to a hundred links that are the workspace's and live, in the order of their ids given."""
        return self.reader.find_all(workspace_id, link_ids)

    def id_of_external(self, workspace_id: str, external_id: str) -> str:
        """Return the id of the link to which the workspace gave an id of its own."""
        key = link_items.external_key({"workspace_id": workspace_id, "external_id": external_id})
        found = self.database.get(self.links_table, key)
        if found is None:
            raise InvalidIdError(ID_PREFIX, ID_PREFIX)
        return str(found["link_id"])

    def used_clicks(self, links: Iterable[Mapping[str, Any]]) -> dict[str, int]:
        """Return how many of its clicks each limited link has used, by id."""
        limited = [link["id"] for link in links if "clicks_limit" in link]
        used = self._get_all([used_clicks_key(link_id) for link_id in limited])
        return {item["pk"].removeprefix(USED_CLICKS_PREFIX): int(item["used"]) for item in used}

    def list_live(
        self, workspace_id: str, *, items_max: int | None = None, attributes: Sequence[str] = ()
    ) -> list[Item]:
        """Return the entries of a workspace's links, newest first, with these attributes or all."""
        return self.reader.list_live(workspace_id, items_max=items_max, attributes=attributes)

    def update(
        self, workspace_id: str, link_id: str, changes: LinkChanges, *, adapted: Adapted = lambda _link, given: given
    ) -> Item:
        """Change a link, from its present state. `adapted` returns what the given changes of that state are."""
        given = changes.changed()
        self.refuse_blocked({name: str(given[name]) for name in ADDRESSES if given.get(name)})

        def change(link: Item) -> Item:
            return with_changes(link, adapted(link, given), self.own_hosts)

        return self._change(workspace_id, link_id, "updated", change, names=given)

    def change_labels(self, workspace_id: str, link_id: str, attribute: str, change: Callable[[Item], Item]) -> None:
        """Write what a change makes of a link's labels of one kind, unless it returns the very link that it got."""
        self._change(workspace_id, link_id, "updated", change, names=(attribute,))

    def set_banned(self, workspace_id: str, link_id: str, *, banned: bool) -> Item:
        """Ban a link, which then answers 403 to everybody, or lift the ban."""

        def change(link: Item) -> Item:
            rest = {name: value for name, value in link.items() if name != BANNED_AT}
            return {**rest, BANNED_AT: to_iso(now())} if banned else rest

        return self._change(workspace_id, link_id, "banned" if banned else "unbanned", change, names=())

    def delete(self, workspace_id: str, link_id: str) -> Deletion:
        """Delete a link, and hold its code for its workspace. A link that was deleted keeps its time."""
        for attempt in range(1, CHANGE_ATTEMPTS + 1):
            link, rules = self._find_any(workspace_id, link_id)
            if DELETED_AT in link:
                return Deletion(link, changed=False)
            deleted = {**link, DELETED_AT: to_iso(now()), "version": link["version"] + 1}
            tombstone: Item = {
                **code_key(link["code"]),
                "workspace_id": workspace_id,
                HELD_UNTIL: int(epoch_seconds()) + HELD_DAYS * 86_400,
            }
            actions = [
                tables.replacement(self.links_table, deleted, {"version": link["version"]}),
                tables.replacement(self.links_table, tombstone, {"link_id": link_id}),
                tables.deletion(self.links_table, link_items.entry_key(link), {}),
                tables.deletion(self.links_table, used_clicks_key(link_id), {}),
                self._audit(link, "deleted"),
                *deletions(self.links_table, rules),
            ]
            if "external_id" in link:
                actions.append(tables.deletion(self.links_table, link_items.external_key(link), {}))
            if self._written(actions, attempt):
                return Deletion(deleted, changed=True)
        raise ConcurrentChangeError(link_id)

    def delete_all(self, workspace_id: str) -> int:
        """Delete all links of a workspace, which gets no new ones if it was deleted itself; return their number.

        All else that the workspace has in this table goes with them.
        """
        deleted = sum(self.delete(workspace_id, entry["id"]).changed for entry in self.list_live(workspace_id))
        others = self.database.query(self.links_table, Query(("pk", f"W#{workspace_id}"), attributes=("pk", "sk")))
        for batch in batched(others, tables.WRITES_AT_ONCE, strict=False):
            self.database.transact(*(tables.deletion(self.links_table, key, {}) for key in batch))
        return deleted

    def find_company(self, workspace_id: str) -> Item | None:
        """Return the name and the privacy address of the company that asks visitors of a workspace for consent."""
        return read_company(self.database, self.links_table, workspace_id)

    def set_company(self, workspace_id: str, company: Company) -> Item:
        """Set the company of a workspace, and compile the links anew that name it."""
        self.refuse_blocked({"privacy_url": company.privacy_url})
        given = company.given()
        self.database.set_attributes(self.links_table, company_key(workspace_id), {"company": given})
        for entry in self.list_live(workspace_id):
            if CONSENT in entry:
                with suppress(NotFoundError):  # deleted meanwhile
                    self._change(workspace_id, entry["id"], "updated", dict, names=())
        return given

    def find_domain(self) -> Item:
        """Return the settings of the deployment's domain."""
        return self.database.get(self.links_table, domain_key()) or {}

    def update_domain(self, changes: DomainChanges) -> Item:
        """Change the settings of the deployment's domain."""
        values = {name: ABSENT if value is None else value for name, value in changes.changed().items()}
        self.database.transact(tables.change(self.links_table, domain_key(), values, {}))
        return self.find_domain()

    def set_blocked(self, blocked_host: BlockedHost, *, blocked: bool) -> None:
        """Let no link lead to a host from now on, or lift that. Links that lead there already stay."""
        key = blocked_host_key(blocked_host.host)
        self.database.transact(
            tables.replacement(self.links_table, key, {}) if blocked else tables.deletion(self.links_table, key, {})
        )

    def list_blocked(self) -> list[str]:
        """Return the hosts to which no link may lead, by reading the whole table."""
        found = self.database.scan_prefix(self.links_table, "pk", BLOCKED_PREFIX)
        return sorted(item["pk"].removeprefix(BLOCKED_PREFIX) for item in found)

    def refuse_blocked(self, addresses: Mapping[str, str]) -> None:
        """Refuse addresses, by the paths of their fields, whose host or a domain above it is blocked."""
        web = {name: address for name, address in addresses.items() if address.startswith("http")}
        hosts = {name: hosts_above(address) for name, address in web.items()}
        asked = sorted({host for above in hosts.values() for host in above})
        found = self._get_all([blocked_host_key(host) for host in asked])
        blocked = {item["pk"].removeprefix(BLOCKED_PREFIX) for item in found}
        faults = FieldErrors()
        for name, above in hosts.items():
            if blocked & {*above}:
                faults.add(name, "blocked", f"`{name}` must not lead to this host; the operator has blocked it.")
        if faults.found:
            raise InvalidFieldsError(faults)

    def _get_all(self, keys: Sequence[tables.Key]) -> list[Item]:
        return [
            item
            for batch in batched(keys, tables.READS_AT_ONCE, strict=False)
            for item in self.database.get_all(self.links_table, batch)
        ]

    def _find_any(self, workspace_id: str, link_id: str) -> LinkWithRules:
        require_link_id(link_id)
        found = read_link(self.database, self.links_table, link_id)
        if found is None or found.link["workspace_id"] != workspace_id:
            raise NotFoundError(ID_PREFIX, link_id, workspace_id)
        return found

    def _compiled(self, link: Item, rules: Sequence[Item] = ()) -> Item:
        company = self.find_company(link["workspace_id"]) if asks_consent(link) else None
        return compiled(link, rules, company)

    def _insert(self, link: Item, sent: Collection[str], also: ExtraActions) -> Item:
        """Write a new link in one transaction. If its code is held for its own workspace, it takes the code over."""
        for code_is in ({"pk": ABSENT}, {HELD_UNTIL: PRESENT, "workspace_id": link["workspace_id"]}):
            try:
                return self._transact_insertion(link, sent, code_is, also)
            except _TakenError:
                continue
        raise _TakenError

    def _transact_insertion(self, new: Item, sent: Collection[str], code_is: Expected, also: ExtraActions) -> Item:
        live = {"workspace_id": new["workspace_id"], DELETED_AT: ABSENT}
        for attempt in range(1, CHANGE_ATTEMPTS + 1):
            link, labels = self._labels(new["workspace_id"]).attach({}, new, sent)
            actions = [
                tables.check(self.workspace_table, meta_key(link["workspace_id"]), live),
                tables.replacement(self.links_table, self._compiled(link), code_is),
                tables.insertion(self.links_table, link, "pk"),
                tables.insertion(self.links_table, link_items.entry(link), "pk"),
                self._audit(link, "created"),
            ]
            if "external_id" in link:
                actions.append(tables.insertion(self.links_table, link_items.external(link), "pk"))
            # Before the transaction, because they may say that an earlier request created the link.
            more = also(link)
            try:
                self.database.transact(*actions, *more, *labels)
            except WriteRefusedError as failure:
                if max(failure.refused, default=0) >= len(actions):
                    back_off(attempt)  # what else is written is decided anew
                    continue
                if 0 in failure.refused:
                    raise NotFoundError("workspace", link["workspace_id"]) from None
                if 1 in failure.refused:
                    raise _TakenError from None
                if any(place < len(actions) for place in failure.refused):
                    raise _external_id_taken() from None
                back_off(attempt)
            else:
                return link
        raise ConcurrentChangeError("this short code")

    def _change(
        self,
        workspace_id: str,
        link_id: str,
        verb: str,
        change: Callable[[Item], Item],
        *,
        names: Collection[str],
    ) -> Item:
        """Write what a change makes of a link, of its compiled link and of its entry, if it has the version read."""
        for attempt in range(1, CHANGE_ATTEMPTS + 1):
            old, rules = self.find_with_rules(workspace_id, link_id)
            changed = change(old)
            if changed is old:
                return old
            changed, labels = self._labels(workspace_id).attach(old, changed, names)
            link = {**changed, "version": old["version"] + 1, "updated_at": to_iso(now())}
            actions = [*self.replacements(old, link, rules), self._audit(link, verb, names)]
            before, after = old.get("external_id"), link.get("external_id")
            if before != after and before is not None:
                actions.append(tables.deletion(self.links_table, link_items.external_key(old), {}))
            if before != after and after is not None:
                actions.append(tables.insertion(self.links_table, link_items.external(link), "pk"))
            if self._written(actions, attempt, labels):
                return link
        raise ConcurrentChangeError(link_id)

    def _labels(self, workspace_id: str) -> Labels:
        return Labels(self.database, self.links_table, workspace_id)

    def replacements(self, old: Item, link: Item, rules: Sequence[Item]) -> tuple[Action, Action, Action]:
        """Return the actions that write a changed link and what derives of it, if it has the version of the old one."""
        return (
            tables.replacement(self.links_table, link, {"version": old["version"]}),
            tables.replacement(self.links_table, self._compiled(link, rules), {"link_id": link["id"]}),
            tables.replacement(self.links_table, link_items.entry(link), {"pk": PRESENT}),
        )

    def _written(self, actions: list[Action], attempt: int, labels: Sequence[Action] = ()) -> bool:
        """Write the items of a change, or wait and return False if another call changed link or labels meanwhile."""
        try:
            self.database.transact(*actions, *labels)
        except WriteRefusedError as failure:
            if failure.refused and 2 < min(failure.refused) < len(actions):
                raise _external_id_taken() from None
            back_off(attempt)
            return False
        return True

    def _audit(self, link: Mapping[str, Any], verb: str, names: Collection[str] = ()) -> Action:
        return audit_entry(
            self.workspace_table,
            link["workspace_id"],
            key_id=self.actor,
            action=f"{ID_PREFIX}.{verb}",
            record=link["id"],
            websites=(),
            fields={name: link[name] for name in names if name in link},
        )


def _external_id_taken() -> AlreadyExistsError:
    return AlreadyExistsError("Another link of this workspace has this `external_id`; choose another one.", None)
