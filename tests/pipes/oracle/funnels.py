"""p_funnel and p_funnel_v2: how far visitors get along steps in order."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from tests.pipes.oracle.events import Event
from tests.pipes.oracle.goals import live_goals, named_goals
from tests.pipes.oracle.numbers import grouped, median_seconds, rate
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import Hit, report_of

type Chain = list[Hit]  # the events of the steps reached, in order


class Funnel(NamedTuple):
    steps: Sequence[str]
    time_max: timedelta
    is_strict: bool
    goals: Sequence[Row]
    matches: Callable[[Hit], bool]  # only such an event can be a step; strict sees the others too

    def chains(self, hits: Sequence[Hit]) -> list[Chain]:
        """Return a chain from every event that can be the first step; `hits` are those of a visitor on one website."""
        return [self._follow(hits[index:]) for index, hit in enumerate(hits) if self._takes(hit, 0)]

    def _follow(self, hits: Sequence[Hit]) -> Chain:
        """Take the first event, and for each next step the first later event that matches it in time."""
        start = hits[0].event.timestamp
        chain: Chain = []
        for hit in hits:
            if len(chain) == len(self.steps) or hit.event.timestamp - start > self.time_max:
                break
            if self._takes(hit, len(chain)):
                chain.append(hit)
            elif self.is_strict:
                break
        return chain

    def _takes(self, hit: Hit, index: int) -> bool:
        return self.matches(hit) and is_step(hit.event, self.steps[index], self.goals)


def is_step(event: Event, step: str, goals: Sequence[Row]) -> bool:
    if step.startswith("/"):
        return event.kind == "pageview" and event.path == step
    if step.startswith("goal:"):
        name = step.removeprefix("goal:")
        return (event.kind == "custom" and event.name == name) or name in named_goals(event, goals)
    return event.is_purchase and (step == "payment" or event.name == step.removeprefix("payment:"))


def funnel(question: Question) -> list[Row]:
    rows = _rows(question, best_chains(question), breakdown="")
    return [
        {column: row[column] for column in ("step", "name", "visitors", "conversion_rate", "drop_off")} for row in rows
    ]


def funnel_v2(question: Question) -> list[Row]:
    value_of = _breakdown(question.text("breakdown"))
    chains = best_chains(question)
    if not question.text("breakdown"):
        return _rows(question, chains, breakdown="")
    by_value = grouped(chains, lambda chain: value_of(chain[0]))
    # A chain is a visitor who took step one.
    most_first = sorted(by_value.items(), key=lambda item: (-len(item[1]), item[0]))
    shown = most_first[: question.number("limit", 100)]
    return [row for value, of_value in shown for row in _rows(question, of_value, breakdown=value)]


def best_chains(question: Question) -> list[Chain]:
    """Return the deepest chain of each visitor who started, the earliest of equal ones."""
    report = report_of(question)
    wanted = Funnel(
        steps=question.text("steps").split(","),
        time_max=timedelta(hours=question.number("window_hours", 24)),
        is_strict=question.number("strict", 0) == 1,
        goals=live_goals(question),
        matches=lambda hit: report.event_matches(hit.event) and report.source_matches(hit.session),
    )
    in_order = sorted(report.all_hits, key=lambda hit: hit.event.order)
    hits = [hit for hit in in_order if _is_step_able(hit.event)]
    visits = grouped(hits, lambda hit: (hit.event.visitor_id, hit.event.website_id))
    chains = [chain for of_visit in visits.values() for chain in wanted.chains(of_visit)]
    of_visitor = grouped(chains, lambda chain: chain[0].event.visitor_id)
    return [min(found, key=lambda chain: (-len(chain), chain[0].event.order)) for found in of_visitor.values()]


def _is_step_able(event: Event) -> bool:
    """Return whether an event can be a step; a refund cannot, and so does not lie between steps either."""
    return not event.is_refund


def _rows(question: Question, chains: Sequence[Chain], *, breakdown: str) -> list[Row]:
    names = question.text("steps").split(",")
    reached = [sum(len(chain) > index for chain in chains) for index in range(len(names))]
    return [
        {
            "breakdown": breakdown,
            "step": index + 1,
            "name": name,
            "visitors": reached[index],
            "conversion_rate": rate(reached[index], reached[0]),
            "drop_off": _drop_off(reached, index),
            "median_seconds": median_seconds(_times_to(chains, index)),
        }
        for index, name in enumerate(names)
    ]


def _drop_off(reached: Sequence[int], index: int) -> float:
    """Return the share of those at the step before who did not reach this one; 0 if there were none."""
    if index == 0 or reached[index - 1] == 0:
        return 0.0
    return 1 - rate(reached[index], reached[index - 1])


def _times_to(chains: Sequence[Chain], index: int) -> list[timedelta]:
    if index == 0:
        return []
    pairs = [(chain[index - 1].event, chain[index].event) for chain in chains if len(chain) > index]
    return [event.timestamp - before.timestamp for before, event in pairs]


def _breakdown(name: str) -> Callable[[Hit], str]:
    if name in {"channel", "utm_source", "utm_campaign"}:
        return lambda hit: hit.session.source(name)
    return lambda hit: hit.event.text(name)
