"""Which links a list shows: the filters of its query, over the entries that the store keeps for lists."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple, Self

from pixel.http.cursors import read_instant
from pixel.http.query import QueryParameters
from pixel.smart_links.link_shape import domain_of_links

PARAMETERS: Final = (
    *("campaignId", "domain", "folderId", "tag", "excludeTag", "enabled", "search", "externalId"),
    *("createdAfter", "createdBefore"),
)
REPEATABLE: Final = ("tag", "excludeTag")
SEARCH_CHARACTERS_MIN: Final = 2
SEARCHED: Final = ("code", "destination_url", "title")

Entry = Mapping[str, Any]


class LinkFilters(NamedTuple):
    """Conditions that a link must all meet, on its entry of the list."""

    conditions: Collection[Callable[[Entry], bool]]

    @classmethod
    def read(cls, parameters: QueryParameters) -> Self:
        conditions: list[Callable[[Entry], bool]] = []
        for parameter, attribute in (
            ("campaignId", "campaign_id"),
            ("folderId", "folder_id"),
            ("externalId", "external_id"),
        ):
            if (value := parameters.non_empty_text(parameter)) is not None:
                conditions.append(_is(attribute, value))
        conditions += (_has_tag(tag, expected=True) for tag in parameters.texts("tag"))
        conditions += (_has_tag(tag, expected=False) for tag in parameters.texts("excludeTag"))
        if (enabled := parameters.choice("enabled", ("true", "false"))) is not None:
            conditions.append(_is("enabled", enabled == "true"))
        if (domain := parameters.non_empty_text("domain")) is not None:
            is_own = domain.lower() == domain_of_links()
            conditions.append(lambda _entry: is_own)
        if (words := read_search(parameters, "search")) is not None:
            conditions.append(lambda entry: contains(entry, words))
        if (after := read_instant(parameters, "createdAfter")) is not None:
            conditions.append(lambda entry: entry["created_at"] > after)
        if (before := read_instant(parameters, "createdBefore")) is not None:
            conditions.append(lambda entry: entry["created_at"] < before)
        return cls(conditions)

    def admit(self, entry: Entry) -> bool:
        return all(condition(entry) for condition in self.conditions)


def read_search(parameters: QueryParameters, name: str) -> str | None:
    """Return what is searched for, in lower case."""
    given = parameters.non_empty_text(name)
    if given is not None and len(given.strip()) < SEARCH_CHARACTERS_MIN:
        sentence = f"`{name}` must have at least {SEARCH_CHARACTERS_MIN} characters."
        parameters.faults.add(name, "invalid", sentence)
    return None if given is None else given.strip().lower()


def contains(entry: Entry, words: str) -> bool:
    """Return whether the code, the destination or the title of a link contains what is searched for."""
    return any(words in str(entry.get(name, "")).lower() for name in SEARCHED)


def _is(attribute: str, value: object) -> Callable[[Entry], bool]:
    return lambda entry: bool(entry.get(attribute) == value)


def _has_tag(tag: str, *, expected: bool) -> Callable[[Entry], bool]:
    return lambda entry: (tag.lower() in map(str.lower, entry["tags"])) is expected
