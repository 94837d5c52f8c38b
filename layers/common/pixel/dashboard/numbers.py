"""What a dashboard shows of the rows of pipes that are not lists of names."""

from collections import Counter
from datetime import datetime
from typing import Any

from pixel.dashboard.lists import first_and_rest, others_of
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
    return {
        "metric": metric,
        "points": points_of(period, rows, "value"),
        "before": None
        if before is None
        else [
            {"at": _local(datetime.fromisoformat(row["bucket"]), period.granularity), "value": row["value"]}
            for row in before
        ],
        "partial": period.is_running,
    }


def points_of(period: Period, rows: Rows, column: str) -> list[dict[str, Any]]:
    """Return the points of a series, null where they lie ahead."""
    present = clock.now()
    moments = [datetime.fromisoformat(row["bucket"]) for row in rows]
    return [
        {"at": _local(at, period.granularity), "value": None if at > present else row[column]}
        for at, row in zip(moments, rows, strict=True)
    ]


def goals_of(rows: Rows, dashboard: Dashboard, *, limit: int) -> dict[str, Any]:
    """Return the goals in the order of the pipe; those without a name are others."""
    first, rest = first_and_rest(rows, "goal_name", limit)
    others = others_of(rest, {"visitors": "visitors", "conversions": "conversions"})
    return {
        "filter": None,
        "rows": [
            {
                "value": row["goal_name"],
                "visitors": row["visitors"],
                "conversions": row["conversions"],
                "rate": row["conversion_rate"],
                "revenue": _money(dashboard.currency, row["value"]),
            }
            for row in first
        ],
        "others": others and {**others, "revenue": _money(dashboard.currency, sum(row["value"] for row in rest))},
    }


def realtime_of(now: Rows, pages: Rows, *, limit: int, minutes: int) -> dict[str, Any]:
    """Return the visitors of the last minutes, the oldest first, and the pages that they look at."""
    [row] = now
    latest_first = [*row["visitors_by_minute"], *[0] * minutes][:minutes]
    seen, rest = first_and_rest([page for page in pages if page["visitors"]], "path", limit)
    return {
        "now": row["visitors_of_5_minutes"],
        "last_30": row["visitors_of_30_minutes"],
        "minutes": latest_first[::-1],
        "filter": "path",
        "pages": [{"value": page["path"], "visitors": page["visitors"]} for page in seen],
        "others": others_of(rest, {"visitors": "visitors"}),
    }


def funnel_of(rows: Rows) -> dict[str, Any]:
    """Return the steps of the funnel."""
    return {
        "steps": [{"value": row["name"], "visitors": row["visitors"], "rate": row["conversion_rate"]} for row in rows]
    }


def revenue_of(rows: Rows, dashboard: Dashboard, *, limit: int) -> dict[str, Any]:
    """Return the revenue of channels, as their last touches have it.

    The website's currency comes first, then those in which most payments were made.
    """
    payments = Counter[str]()
    for row in rows:
        payments[row["currency"]] += row["payments"]
    ordered = sorted(
        rows, key=lambda row: (row["currency"] != dashboard.currency, -payments[row["currency"]], row["currency"])
    )
    first, rest = first_and_rest(ordered, "name", limit)
    others = others_of(rest, {"payments": "payments", "visitors": "visitors"})
    currencies = sorted({row["currency"] for row in rest})
    return {
        "filter": "channel",
        "rows": [
            {
                "value": row["name"],
                "currency": row["currency"],
                "revenue": row["revenue"],
                "payments": row["payments"],
                "visitors": row["visitors"],
            }
            for row in first
        ],
        "others": others
        and {
            **others,
            "revenue": [
                {"currency": currency, "value": sum(row["revenue"] for row in rest if row["currency"] == currency)}
                for currency in currencies
            ],
        },
        "model": "last_touch",
    }


def retention_of(rows: Rows) -> dict[str, Any]:
    """Return the cohorts, each with how many were seen in each period since, and how many small ones there are."""
    cohorts: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["cohort"] is not None:
            cohort = cohorts.setdefault(row["cohort"], {"at": row["cohort"][:10], "size": row["visitors"], "kept": []})
            cohort["kept"].append(row["retained"])
    small = [row for row in rows if row["cohort"] is None and row["offset"] == 0]
    return {"cohorts": list(cohorts.values()), "others": others_of(small, {"visitors": "visitors"})}


def _money(currency: str, value: Any) -> list[dict[str, Any]]:
    return [{"currency": currency, "value": value}] if value else []


def _local(moment: datetime, granularity: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if granularity == "hour" else f"{moment:%Y-%m-%d}"
