"""No live link ends with a label that does not exist, however writers interleave, fail or are killed."""

import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from pixel.aws.json_service import AwsUnreachableError
from pixel.links.label_store import LabelStore
from pixel.links.labels import CAMPAIGN, FOLDER, LEAVING, PIXEL, TAG, LabelKind
from pixel.links.models import LinkChanges, NewLink
from pixel.links.store import LinkStore
from pixel.workspaces.errors import NotFoundError, RecordError
from pixel.workspaces.models import InvalidFieldsError, checked
from tests.links_given import WORKSPACE
from tests.thorough import depth, some_of
from tests.unit.ingest.interleavings import Becomes, Choice, Killed, explore
from tests.unit.links.simulated_writers import LINKS, Simulations, Tables, Writer, Writers, faults_of

_FAULTS_MAX = depth("INTERLEAVING_FAULTS", usual=1, thorough=2)
_ENDS = (RecordError, InvalidFieldsError, AwsUnreachableError, Killed)
_GIVEN: dict[LabelKind, dict[str, object]] = {
    CAMPAIGN: {"name": "Spring", "utm": {"source": "mail"}},
    TAG: {"name": "Sale"},
    FOLDER: {"name": "Shop"},
    PIXEL: {"name": "Ads", "provider": "meta", "provider_id": "1234567890"},
}


class _Given(NamedTuple):
    """A label of a kind, a link that has it and one that has not."""

    kind: LabelKind
    label: str
    labelled: str
    other: str

    @property
    def value(self) -> object:
        value = "Sale" if self.kind is TAG else self.label
        return value if self.kind not in (TAG, PIXEL) else [value]


Act = Callable[[_Given], Writer]


def _delete(given: _Given) -> Writer:
    return lambda store: LabelStore(store, given.kind).delete(WORKSPACE, given.label)


def _delete_unused(given: _Given) -> Writer:
    return lambda store: LabelStore(store, given.kind).delete(WORKSPACE, given.label, unlink=False)


def _rename(name: str) -> Act:
    def act(given: _Given) -> Writer:
        changes = checked(given.kind.changes, {"name": name})
        return lambda store: LabelStore(store, given.kind).update(WORKSPACE, given.label, changes)

    return act


def _change(place: str, **changes: object) -> Act:
    """Return the change of one of the links, which by default gives it the label."""

    def act(given: _Given) -> Writer:
        new = checked(LinkChanges, changes or {given.kind.attribute: given.value, "consent": False})
        return lambda store: store.update(WORKSPACE, getattr(given, place), new)

    return act


def _create(**fields: object) -> Act:
    def act(given: _Given) -> Writer:
        labels = fields or {given.kind.attribute: given.value, "consent": False}
        new = {"short_code": "new-one", "destination_url": "https://example.com/", **labels}
        return lambda store: store.create(WORKSPACE, checked(NewLink, new))

    return act


def _delete_link(given: _Given) -> Writer:
    return lambda store: store.delete(WORKSPACE, given.labelled)


class _Scenario(NamedTuple):
    kind: LabelKind
    acts: Sequence[Act]
    faults_fewer: int = 1
    is_used: bool = True
    is_leaving: bool = False  # whether a deletion was killed
    keeps: bool = False  # whether the other link keeps the label that it got


_SCENARIOS = {
    "a tag is deleted while a link gets it": _Scenario(TAG, (_delete, _change("other")), faults_fewer=0),
    "a tag is deleted while a link is made with it": _Scenario(TAG, (_delete, _create())),
    "a tag is deleted while its link changes": _Scenario(TAG, (_delete, _change("labelled", title="New"))),
    "a tag is deleted with its link": _Scenario(TAG, (_delete, _delete_link)),
    "a tag is deleted twice": _Scenario(TAG, (_delete, _delete)),
    "a tag is renamed while a link gets it": _Scenario(TAG, (_rename("Offer"), _change("other"))),
    "a tag is renamed while a link is made with it": _Scenario(TAG, (_rename("Offer"), _create())),
    "a tag is renamed while a link is made with its new name": _Scenario(
        TAG, (_rename("Offer"), _create(tags=["offer"]))
    ),
    "a tag is spelled anew while a link gets it": _Scenario(TAG, (_rename("SALE"), _change("other"))),
    "a tag is renamed while it is deleted": _Scenario(TAG, (_rename("Offer"), _delete)),
    "a tag is renamed twice": _Scenario(TAG, (_rename("Offer"), _rename("Deal"))),
    "a campaign is deleted while a link gets it": _Scenario(CAMPAIGN, (_delete, _change("other")), faults_fewer=0),
    "an unused campaign is deleted while a link gets it": _Scenario(
        CAMPAIGN, (_delete_unused, _change("other")), faults_fewer=0, is_used=False, keeps=True
    ),
    "a half deleted campaign is deleted both ways while a link gets it": _Scenario(
        CAMPAIGN, (_delete_unused, _change("other"), _delete), is_leaving=True
    ),
    "a campaign is deleted if it is unused while a link loses it": _Scenario(
        CAMPAIGN, (_delete_unused, _change("labelled", campaign_id=None))
    ),
    "a campaign is deleted if it is unused, and anyway": _Scenario(CAMPAIGN, (_delete_unused, _delete)),
    "a campaign is renamed while it is deleted": _Scenario(CAMPAIGN, (_rename("Autumn"), _delete)),
    "a folder is deleted while a link is made in it": _Scenario(FOLDER, (_delete, _create())),
    "a pixel is deleted while a link gets it": _Scenario(PIXEL, (_delete, _change("other"))),
    "a new tag is made with two links": _Scenario(
        TAG, (_change("other", tags=["New"]), _change("labelled", tags=["new"]))
    ),
}


_OF_EACH_KIND = {(one.kind, one.is_used, one.keeps, one.is_leaving): name for name, one in _SCENARIOS.items()}
_TRIED = _SCENARIOS if _FAULTS_MAX > 1 else dict.fromkeys([*some_of(_SCENARIOS, usual=5), *_OF_EACH_KIND.values()])


@pytest.mark.parametrize("name", _TRIED)
@pytest.mark.usefixtures("frozen", "no_sleep")
def test_links_have_labels_that_exist(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The output says how much was explored."""
    simulations, scenario = Simulations(monkeypatch), _SCENARIOS[name]
    given, before = _prepared(simulations, scenario)
    writers = [act(given) for act in scenario.acts]
    checked_tables: set[object] = set()

    def check(simulation: Writers, path: Sequence[Choice]) -> None:
        steps = [f"{choice.request} {choice.becomes}" for choice in path]
        for ended in simulation.ended:
            assert ended is not None
            assert ended.exception is None or isinstance(ended.exception, _ENDS), (ended.exception, steps)
        tables = simulation.tables
        if tables.freeze() in checked_tables:
            return
        checked_tables.add(tables.freeze())
        assert faults_of(tables) == [], steps
        if scenario.keeps and simulation.ended[1] and simulation.ended[1].exception is None:
            assert given.label in str(tables.items[f"{LINKS} L#{given.other} -"]), steps
        for writer in writers:
            _check_repeated(simulations, writer, tables, steps)
        _check_gone(simulations, given, tables, steps)

    explored = explore(
        lambda: simulations.at_once(writers, before), check, faults_max=_FAULTS_MAX - scenario.faults_fewer
    )
    sys.stdout.write(f"{name}: {explored.states:,} states, {explored.interleavings:,} interleavings\n")


def _prepared(simulations: Simulations, scenario: _Scenario) -> tuple[_Given, Tables]:
    """Return tables with one label and two links, of which one has it if it is used."""
    made: list[str] = []
    kind = scenario.kind

    def prepare(store: LinkStore) -> None:
        label = LabelStore(store, kind).create(WORKSPACE, checked(kind.new, _GIVEN[kind]))
        made.append(label["id"])
        value = _Given(kind, label["id"], "", "").value
        for number, fields in enumerate(({kind.attribute: value, "consent": False} if scenario.is_used else {}, {})):
            new = {"short_code": f"code{number}", "destination_url": "https://example.com/", **fields}
            made.append(store.create(WORKSPACE, checked(NewLink, new))["id"])

    prepared = simulations.alone(prepare, simulations.empty)
    assert prepared.ended[0] is not None
    assert prepared.ended[0].exception is None, prepared.ended[0].exception
    assert faults_of(prepared.tables) == []
    given, tables = _Given(kind, *made), prepared.tables
    return given, _killed_after_the_mark(simulations, given, tables) if scenario.is_leaving else tables


def _killed_after_the_mark(simulations: Simulations, given: _Given, tables: Tables) -> Tables:
    deletion = simulations.at_once([_delete(given)], tables)
    deletion.start()
    for becomes in (Becomes.DONE, Becomes.KILLED_AFTER):
        deletion.step(Choice(0, becomes))
    assert LEAVING in str(deletion.tables.items)
    return deletion.tables


def _check_repeated(simulations: Simulations, writer: Writer, tables: Tables, steps: Sequence[str]) -> None:
    """Check that a writer that comes once more leaves the tables in order."""
    repeated = simulations.alone(writer, tables)
    assert faults_of(repeated.tables) == [], steps


def _check_gone(simulations: Simulations, given: _Given, tables: Tables, steps: Sequence[str]) -> None:
    """Check that the label can be deleted from here, and that then no link has it."""
    ended = simulations.alone(_delete(given), tables)
    assert ended.ended[0] is not None
    assert ended.ended[0].exception is None or isinstance(ended.ended[0].exception, NotFoundError), steps
    assert faults_of(ended.tables) == [], steps
    assert f"links W#{WORKSPACE} {given.kind.item_prefix}{given.label}" not in ended.tables.items, steps
