"""The store of rules in DynamoDB. A rule is written in one transaction with the link, whose version each write raises.

So the compiled link always has the rules that the table has, whoever writes at the same moment.
"""

import secrets
from collections.abc import Callable, Mapping
from itertools import batched
from typing import Any, NamedTuple

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.json_service import back_off
from pixel.aws.tables import Action, WriteRefusedError
from pixel.foundation.clock import now, to_iso
from pixel.foundation.errors import FieldErrors
from pixel.foundation.ids import new_id
from pixel.links.models import REMEMBERED_STATUSES
from pixel.links.rules import DEFAULTS, RULES_MAX, NewRule, RuleChanges
from pixel.links.rules_compiled import addresses_of, with_rule_changes
from pixel.links.rules_items import (
    RULE_PREFIX,
    RULES_COUNT,
    STICKY_SECRET,
    LinkWithRules,
    pointer,
    pointer_key,
    read_pointers,
    rule_key,
)
from pixel.links.store import CHANGE_ATTEMPTS, ExtraActions, LinkStore, no_extra_actions
from pixel.workspaces.audit import audit_entry
from pixel.workspaces.errors import ConcurrentChangeError, InvalidIdError, LimitReachedError, NotFoundError
from pixel.workspaces.models import InvalidFieldsError
from pixel.workspaces.store import Deletion

_ID_CHARACTERS = len(RULE_PREFIX) + 21


class RulePage(NamedTuple):
    """Some of a workspace's rules, newest first, and how many there are of them in all."""

    rules: list[Item]
    total: int


class _RuleChange(NamedTuple):
    """What becomes of a rule: it as it will be, or None if it is deleted."""

    id: str
    verb: str
    rule: Item | None
    names: tuple[str, ...] = ()


class RuleStore(NamedTuple):
    """The rules of the links of one deployment."""

    links: LinkStore

    def create_rule(self, workspace_id: str, new: NewRule, *, also: ExtraActions = no_extra_actions) -> Item:
        """Create a rule of a live link, which then follows it at once.

        The actions that `also` returns are part of the transaction.
        """
        given = new.given()
        link_id = str(given.pop("link_id"))
        self.links.refuse_blocked(addresses_of(given))
        moment = to_iso(now())
        rule_id = new_id(RULE_PREFIX)
        base = {"id": rule_id, "link_id": link_id, "workspace_id": workspace_id, **rule_key(link_id, rule_id)}
        rule = with_rule_changes(
            {**base, **DEFAULTS, "created_at": moment, "updated_at": moment}, given, self.links.own_hosts
        )

        def create(found: LinkWithRules) -> _RuleChange:
            if len(found.rules) >= RULES_MAX:
                raise LimitReachedError("rules", RULES_MAX)
            if found.link["redirect_status"] in REMEMBERED_STATUSES:
                raise _remembered()
            return _RuleChange(rule_id, "created", rule, tuple(given))

        return self._write(workspace_id, link_id, create, also)

    def find_rule(self, workspace_id: str, rule_id: str) -> Item:
        """Return a rule of a workspace. A rule of another workspace is not found, as none is."""
        link_id = self._link_of(workspace_id, rule_id)
        rule = self.links.database.get(self.links.links_table, rule_key(link_id, rule_id))
        if rule is None:
            raise _not_found(workspace_id, rule_id)
        return rule

    def list_rules(
        self,
        workspace_id: str,
        *,
        link_id: str | None = None,
        enabled: bool | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> RulePage:
        """Return a workspace's rules, or those of one of its links, which may be filtered; none of an unknown link."""
        database, table = self.links.database, self.links.links_table
        pointers = [
            entry
            for entry in read_pointers(database, table, workspace_id)
            if link_id in {None, entry["link_id"]} and enabled in {None, entry["enabled"]}
        ]
        wanted = pointers[offset : None if limit is None else offset + limit]
        rules: list[Item] = []
        for batch in batched(wanted, tables.READS_AT_ONCE, strict=False):
            rules += database.get_all(table, [rule_key(entry["link_id"], entry["id"]) for entry in batch])
        return RulePage(sorted(rules, key=lambda rule: str(rule["id"]), reverse=True), len(pointers))

    def update_rule(self, workspace_id: str, rule_id: str, changes: RuleChanges) -> Item:
        """Change a rule, from its present state."""
        given = changes.changed()
        self.links.refuse_blocked(addresses_of(given))

        def change(found: LinkWithRules) -> _RuleChange:
            rule = with_rule_changes(_rule_in(found, workspace_id, rule_id), given, self.links.own_hosts)
            return _RuleChange(rule_id, "updated", {**rule, "updated_at": to_iso(now())}, tuple(given))

        return self._write(workspace_id, self._link_of(workspace_id, rule_id), change)

    def replace_rule(self, workspace_id: str, rule_id: str, changes: RuleChanges) -> Item:
        """Change a rule as `update_rule` does: PUT, too, keeps what is not sent."""
        return self.update_rule(workspace_id, rule_id, changes)

    def delete_rule(self, workspace_id: str, rule_id: str) -> Deletion:
        """Delete a rule. One that was deleted is not found."""

        def delete(found: LinkWithRules) -> _RuleChange:
            _rule_in(found, workspace_id, rule_id)
            return _RuleChange(rule_id, "deleted", None)

        return Deletion(self._write(workspace_id, self._link_of(workspace_id, rule_id), delete), changed=True)

    def _write(
        self,
        workspace_id: str,
        link_id: str,
        change: Callable[[LinkWithRules], _RuleChange],
        also: ExtraActions = no_extra_actions,
    ) -> Item:
        """Write what a change makes of a rule together with its link, if that has the version read."""
        for attempt in range(1, CHANGE_ATTEMPTS + 1):
            found = self.links.find_with_rules(workspace_id, link_id)
            made = change(found)
            old = [rule for rule in found.rules if rule["id"] == made.id]
            rules = [rule for rule in found.rules if rule["id"] != made.id] + ([made.rule] if made.rule else [])
            link = {**found.link, RULES_COUNT: len(rules), "version": found.link["version"] + 1}
            link.setdefault(STICKY_SECRET, secrets.token_hex(16))
            actions = [
                *self.links.replacements(found.link, link, rules),
                *self._of_rule(made, link),
                self._audit(made, workspace_id),
            ]
            # Before the transaction, because they may say that an earlier request created the rule.
            actions += also(made.rule or old[0])
            try:
                self.links.database.transact(*actions)
            except WriteRefusedError:  # another call changed the link meanwhile
                back_off(attempt)
            else:
                return made.rule or old[0]
        raise ConcurrentChangeError(link_id)

    def _of_rule(self, made: _RuleChange, link: Mapping[str, Any]) -> tuple[Action, Action]:
        table, keys = (
            self.links.links_table,
            (rule_key(link["id"], made.id), pointer_key(link["workspace_id"], made.id)),
        )
        if made.rule is None:
            return tables.deletion(table, keys[0], {}), tables.deletion(table, keys[1], {})
        return tables.replacement(table, made.rule, {}), tables.replacement(table, pointer(made.rule), {})

    def _audit(self, made: _RuleChange, workspace_id: str) -> Action:
        rule = made.rule or {}
        return audit_entry(
            self.links.workspace_table,
            workspace_id,
            key_id=self.links.actor,
            action=f"{RULE_PREFIX}.{made.verb}",
            record=made.id,
            websites=(),
            fields={name: rule[name] for name in made.names if name in rule},
        )

    def _link_of(self, workspace_id: str, rule_id: str) -> str:
        if not rule_id.startswith(f"{RULE_PREFIX}_") or len(rule_id) != _ID_CHARACTERS:
            raise InvalidIdError(RULE_PREFIX, RULE_PREFIX)
        found = self.links.database.get(self.links.links_table, pointer_key(workspace_id, rule_id))
        if found is None:
            raise _not_found(workspace_id, rule_id)
        return str(found["link_id"])


def _rule_in(found: LinkWithRules, workspace_id: str, rule_id: str) -> Item:
    for rule in found.rules:
        if rule["id"] == rule_id:
            return rule
    raise _not_found(workspace_id, rule_id)


def _not_found(workspace_id: str, rule_id: str) -> NotFoundError:
    return NotFoundError(RULE_PREFIX, rule_id, workspace_id)


def _remembered() -> InvalidFieldsError:
    faults = FieldErrors()
    sentence = "must be a link that redirects with 302 or 307: browsers keep 301 and 308, so no rule could follow."
    faults.add("link_id", "invalid", f"`link_id` {sentence}")
    return InvalidFieldsError(faults)
