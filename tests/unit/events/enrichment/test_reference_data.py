"""The lists of known names: in order, each entry once, each of use, none in the way of another."""

import json
from collections import Counter
from pathlib import Path

import pytest

from pixel.events.enrichment import ai_engines, bots, channels, reference_data
from tests.unit.events.enrichment.user_agent_examples import BOTS

_FILES = sorted(reference_data._FOLDER.glob("*.json"))
_BY_CHANNEL = ("click_ids", "referrers", "utm_mediums", "utm_sources")
_ENGINES = reference_data.read_list("ai_engines")
_KNOWN_BY = {"referrers": "referrers", "utm_sources": "utm_sources", "bots": "user_agents"}


def _entries(name: str) -> list[tuple[str, str]]:
    return [(group, entry) for group, entries in reference_data.read_list(name).items() for entry in entries]


def _hosts() -> list[str]:
    return [entry for _, entry in _entries("referrers")] + [
        host for engine in _ENGINES.values() for host in engine["referrers"]
    ]


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.stem))
def test_a_list_is_written_in_order_and_in_lower_case(path: Path) -> None:
    text = path.read_text()
    found = json.loads(text)
    lists = [names for group in found.values() for names in (group.values() if isinstance(group, dict) else [group])]

    assert text == json.dumps(found, indent=2) + "\n"
    assert text == text.lower()
    assert list(found) == sorted(found)
    assert all(names == sorted(set(names)) for names in lists)
    assert all(name.strip() == name != "" for names in lists for name in names)


@pytest.mark.parametrize("name", ["click_ids", "utm_mediums", *_KNOWN_BY])
def test_an_entry_is_on_one_list_only(name: str) -> None:
    entries = [entry for _, entry in _entries(name)]
    if name in _KNOWN_BY:
        entries += [entry for engine in _ENGINES.values() for entry in engine[_KNOWN_BY[name]]]

    assert [entry for entry, times in Counter(entries).items() if times > 1] == []


@pytest.mark.parametrize("name", _BY_CHANNEL)
def test_groups_are_channels(name: str) -> None:
    groups = set(reference_data.read_list(name))

    assert groups - {channels._PAID} <= channels.CHANNELS
    assert (channels._PAID in groups) == (name == "utm_mediums")


def test_every_channel_can_be_reached_from_a_list_or_a_rule() -> None:
    listed = {group for name in _BY_CHANNEL for group in reference_data.read_list(name)} - {channels._PAID}
    by_rule = {channels.DIRECT, channels.CAMPAIGN, channels.AI, channels.PAID_OTHER}

    assert listed | by_rule == channels.CHANNELS


def test_groups_of_bots_are_reasons() -> None:
    assert set(reference_data.read_list("bots")) == bots.REASONS - {bots.EMPTY_USER_AGENT}


def test_every_bot_has_an_example_that_it_decides() -> None:
    known = bots._known_words()
    deciding = {
        next((word for word in bots._WORD.findall(bot.user_agent.lower()) if word in known), "") for bot in BOTS
    }

    assert sorted(known.keys() - deciding) == []


def test_no_crawler_is_listed_that_is_known_without_a_list() -> None:
    crawlers = reference_data.read_list("bots")[bots.CRAWLER]

    assert [word for word in crawlers if bots._SELF_DECLARED.search(word)] == []


def test_every_engine_is_known_by_something() -> None:
    assert [name for name, known_by in _ENGINES.items() if not any(known_by.values())] == []
    assert {frozenset(known_by) for known_by in _ENGINES.values()} == {frozenset(_KNOWN_BY.values())}


@pytest.mark.parametrize("prefix", ["", "www.", "deeper."])
def test_every_referrer_is_found_under_its_host(prefix: str) -> None:
    found = {
        entry: channels._of_host(prefix + entry.replace("*", suffix)).channel
        for _, entry in _entries("referrers")
        for suffix in ("com", "co.uk")
    }

    assert found == {entry: channel for channel, entry in _entries("referrers")}


def test_every_engine_is_found_under_its_hosts_and_names() -> None:
    for engine, known_by in _ENGINES.items():
        for host in known_by["referrers"]:
            assert channels._of_host(f"www.{host}") == (channels.AI, engine)
        for name in known_by["utm_sources"]:
            assert channels._of_utm_source(name) == (channels.AI, engine)
        for word in known_by["user_agents"]:
            assert ai_engines.engine_of_user_agent_word()[word] == engine


def test_no_host_says_again_what_its_domain_says() -> None:
    def channel(host: str) -> channels._Known:
        return channels._of_host(host.replace("*", "com"))

    again = [
        host
        for host in _hosts()
        if (parent := host.partition(".")[2].replace("*", "com")).count(".") and channel(parent) == channel(host)
        if channel(parent).channel != channels.REFERRAL
    ]

    assert again == []


@pytest.mark.parametrize("name", ["utm_mediums", "utm_sources"])
def test_utm_names_are_written_as_they_are_compared(name: str) -> None:
    names = [entry for _, entry in _entries(name)]
    names += [entry for engine in _ENGINES.values() for entry in engine["utm_sources"]]

    assert [entry for entry in names if channels._normalized(entry) != entry] == []


def test_every_utm_source_and_click_id_gives_its_channel() -> None:
    assert [
        (channel, entry)
        for channel, entry in _entries("utm_sources")
        if channels._of_utm_source(entry).channel != channel
    ] == []
    assert [
        (channel, entry) for channel, entry in _entries("click_ids") if channels._by_click_id({entry: "1"}) != channel
    ] == []
