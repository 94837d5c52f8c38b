"""p_retention_cohort."""

from datetime import date

from tests.pipes.oracle.numbers import grouped, rate
from tests.pipes.oracle.periods import local_period, periods_between
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import report_of


def retention_cohort(question: Question) -> list[Row]:
    """A visitor belongs to the period of the first event and is retained in every period with one."""
    period = question.text("period", "week")
    by_visitor = grouped(report_of(question).events, lambda event: event.visitor_id)
    sizes: dict[date, int] = {}
    retained: dict[tuple[date, int], int] = {}
    for events in by_visitor.values():
        active = {local_period(event.timestamp, period, question.zone) for event in events}
        cohort = min(active)
        sizes[cohort] = sizes.get(cohort, 0) + 1
        for one in active:
            place = (cohort, periods_between(cohort, one, period))
            retained[place] = retained.get(place, 0) + 1
    return [
        {
            "cohort": cohort,
            "offset": offset,
            "visitors": sizes[cohort],
            "retained": number,
            "rate": rate(number, sizes[cohort]),
        }
        for (cohort, offset), number in sorted(retained.items())
    ]
