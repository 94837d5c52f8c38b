"""p_retention_cohort."""

from collections import Counter
from datetime import datetime, time, timedelta

from tests.pipes.oracle.numbers import grouped, rate
from tests.pipes.oracle.periods import local_period, periods_between, printed
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import report_of


def retention_cohort(question: Question) -> list[Row]:
    """Assign each visitor to the period of the first event, retained in every period with an event.

    A cohort has a row for every period up to the last of the report, whether or not anybody came back. The report ends
    with the window, or now where the window reaches into the future.
    """
    period = question.text("period", "week")
    report = report_of(question)
    end = min(report.window.end, question.now)
    by_visitor = grouped((event for event in report.events if event.timestamp < end), lambda event: event.visitor_id)
    active = [
        {local_period(event.timestamp, period, question.zone) for event in events} for events in by_visitor.values()
    ]
    last = local_period(end - timedelta(milliseconds=1), period, question.zone)
    rows = []
    for cohort, visitors in sorted(grouped(active, min).items()):
        came = Counter(periods_between(cohort, one, period) for seen in visitors for one in seen)
        rows += [
            {
                "cohort": printed(datetime.combine(cohort, time.min, question.zone)),
                "offset": offset,
                "visitors": len(visitors),
                "retained": came[offset],
                "rate": rate(came[offset], len(visitors)),
            }
            for offset in range(periods_between(cohort, last, period) + 1)
        ]
    return question.page_of(rows, limit=1000)
