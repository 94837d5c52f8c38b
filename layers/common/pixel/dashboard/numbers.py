"""What a dashboard shows of the rows of pipes that are not lists of names."""

from datetime import datetime
from typing import Any

from pixel.dashboard.periods import Period
from pixel.dashboard.share_lookup import Dashboard
from pixel.foundation import clock

Rows = list[dict[str, Any]]


def summary_of(rows: Rows) -> dict[str, Any]:
    """Return the numbers of a window; a rate of nothing is null."""
    [row] = rows
    sessions = row["sessions"]
    return {
        "visitors": row["visitors"],
        "pageviews": row["pageviews"],
        "sessions": sessions,
        "bounce_rate": row["bounces"] / sessions if sessions else None,
        "session_duration": row["milliseconds"] / (1000 * sessions) if sessions else None,
        "conversions": row["conversions"],
    }


def series_of(metric: str, period: Period, rows: Rows, before: Rows | None) -> dict[str, Any]:
    """Return the points of a metric, null where they lie ahead or are of too few visitors."""
    present = clock.now()
    moments = [datetime.fromisoformat(row["bucket"]) for row in rows]
    values = [None if at > present else row["value"] for at, row in zip(moments, rows, strict=True)]
    return {
        "metric": metric,
        "points": [
            {"at": _local(at, period.granularity), "value": value} for at, value in zip(moments, values, strict=True)
        ],
        "before": None
        if before is None
        else [
            {"at": _local(datetime.fromisoformat(row["bucket"]), period.granularity), "value": row["value"]}
            for row in before
        ],
        "partial": period.is_running,
    }


def without_few(rows: Rows, visitors: Rows, fewest: int) -> Rows:
    """Return the points of a metric, null where some visitors, but fewer than `fewest`, make up the value."""
    return [
        row if seen["value"] >= fewest or not (seen["value"] or row["value"]) else {**row, "value": None}
        for row, seen in zip(rows, visitors, strict=True)
    ]


def goals_of(rows: Rows, dashboard: Dashboard, *, limit: int) -> dict[str, Any]:
    """Return the goals that enough visitors reached."""
    return {
        "filter": None,
        "rows": [
            {
                "value": row["goal_name"],
                "visitors": row["visitors"],
                "conversions": row["conversions"],
                "rate": row["conversion_rate"],
                "revenue": [{"currency": dashboard.currency, "value": row["value"]}] if row["value"] else [],
            }
            for row in _of_enough(rows, "visitors", dashboard)[:limit]
        ],
    }


def realtime_of(now: Rows, pages: Rows, dashboard: Dashboard, *, limit: int, minutes: int) -> dict[str, Any]:
    """Return the visitors of the last minutes, the oldest first, and the pages that enough of them look at."""
    [row] = now
    latest_first = [*row["visitors_by_minute"], *[0] * minutes][:minutes]
    seen = [page for page in _of_enough(pages, "visitors", dashboard) if page["visitors"]]
    return {
        "now": row["visitors_of_5_minutes"],
        "last_30": row["visitors_of_30_minutes"],
        "minutes": latest_first[::-1],
        "pages": [{"value": page["path"], "visitors": page["visitors"]} for page in seen[:limit]],
    }


def funnel_of(rows: Rows) -> dict[str, Any]:
    """Return the steps of the funnel."""
    return {
        "steps": [{"value": row["name"], "visitors": row["visitors"], "rate": row["conversion_rate"]} for row in rows]
    }


def revenue_of(rows: Rows, dashboard: Dashboard, *, limit: int) -> dict[str, Any]:
    """Return the revenue of channels, as their last touches have it."""
    return {
        "rows": [
            {
                "value": row["name"],
                "currency": row["currency"],
                "revenue": row["revenue"],
                "payments": row["payments"],
                "visitors": row["visitors"],
            }
            for row in _of_enough(rows, "visitors", dashboard)[:limit]
        ],
        "model": "last_touch",
    }


def retention_of(rows: Rows, dashboard: Dashboard) -> dict[str, Any]:
    """Return the cohorts that are large enough, each with how many were seen in each period since."""
    cohorts: dict[str, dict[str, Any]] = {}
    for row in _of_enough(rows, "visitors", dashboard):
        cohort = cohorts.setdefault(row["cohort"], {"at": row["cohort"][:10], "size": row["visitors"], "kept": []})
        cohort["kept"].append(row["retained"])
    return {"cohorts": list(cohorts.values())}


def _of_enough(rows: Rows, column: str, dashboard: Dashboard) -> Rows:
    return [row for row in rows if row[column] >= dashboard.min_visitors]


def _local(moment: datetime, granularity: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if granularity == "hour" else f"{moment:%Y-%m-%d}"
