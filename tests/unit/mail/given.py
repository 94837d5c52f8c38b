"""Numbers and facts for tests of mail."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pixel.mail.content import AlertFact, Listing, Measure, Point, ReportNumbers, Row, Verdict, Website

WEBSITE = Website("admx_1", "Nordlicht Shop", "shop.nordlicht.example", "Europe/Berlin", "EUR")
STOP = "https://api.example.com/mail/token"
_ZONE = ZoneInfo("Europe/Berlin")
_MONDAY = datetime(2026, 11, 16, tzinfo=_ZONE)


def weekly(website: Website = WEBSITE) -> ReportNumbers:
    """Return the numbers of a lively week."""
    now, before = [1830, 2104, 1988, 2350, 2217, 1402, 1655], [1710, 1893, 1877, 1930, 2010, 1511, 1390]
    points = tuple(
        Point(f"{day:%a} {day.day}", f"{day:%a} {day.day} {day:%b}", value, earlier)
        for day, value, earlier in zip(
            (_MONDAY + timedelta(days=place) for place in range(7)), now, before, strict=True
        )
    )
    return ReportNumbers(
        website,
        "weekly",
        "16 to 22 November 2026",
        _MONDAY,
        _MONDAY + timedelta(days=7),
        measures=(
            Measure("Visitors", "count", 11_284, 10_021),
            Measure("Pageviews", "count", 38_902, 35_120),
            Measure("Sessions", "count", 13_546, 12_870),
            Measure("Bounce rate", "share", 0.412, 0.438, is_less_better=True),
            Measure("Session duration", "seconds", 194, 201),
            Measure("Conversions", "count", 412, 366),
            Measure("Revenue", "money", 18_420.5, 16_005.1),
        ),
        points=points,
        listings=(
            _listing(
                "pages",
                ("/", 6120),
                ("/winter-sale", 4310),
                ("/jackets/fjell-parka", 2207),
                ("/checkout", 1250),
                ("/journal/how-to-wax-a-jacket-so-that-it-lasts-ten-winters", 904),
                others=212,
            ),
            _listing(
                "sources",
                ("organic_search", 4980),
                ("direct", 3105),
                ("paid_search", 1420),
                ("social", 1011),
                ("email", 640),
                others=4,
            ),
            _listing("countries", ("DE", 7310), ("AT", 1622), ("CH", 1190), ("NL", 480), ("GB", 212), others=31),
            _listing("devices", ("mobile", 6905), ("desktop", 3911), ("tablet", 468)),
            _listing("goals", ("Purchase", 288), ("Newsletter sign-up", 97), ("Store finder", 27)),
            _listing("ai", ("chatgpt", 188), ("perplexity", 64), ("claude", 51)),
            Listing(
                "revenue",
                (
                    Row("organic_search", 8120.4, 0.44, "money", "EUR"),
                    Row("direct", 5210, 0.28, "money", "EUR"),
                    Row("email", 3090.1, 0.17, "money", "EUR"),
                ),
                2,
            ),
        ),
        dashboard_url="https://api.example.com/share/share_abc",
    )


def silent() -> ReportNumbers:
    """Return the numbers of a week in which nothing happened."""
    full = weekly()
    reason = "No event has arrived since Thursday. See whether the pixel is still on the website."
    return full._replace(measures=(), points=(), listings=(), silence=reason)


def fired(website: Website = WEBSITE) -> AlertFact:
    """Return an alert that fired on an unusual number of visitors."""
    end = datetime(2026, 11, 20, 14, tzinfo=UTC)
    values = [(412, 405, "clear"), (398, 410, "clear"), (366, 402, "clear"), (120, 399, "breach"), (88, 391, "breach")]
    return AlertFact(
        website,
        "alert_1",
        "Traffic collapses",
        "visitors",
        "anomaly",
        "below",
        "1h",
        3.5,
        "fired",
        88,
        391,
        -6.2,
        end - timedelta(hours=1),
        end,
        verdicts=tuple(
            Verdict(end - timedelta(hours=4 - place), value, expected, None, verdict)
            for place, (value, expected, verdict) in enumerate(values)
        ),
        dashboard_url="https://api.example.com/share/share_abc",
    )


def _listing(section: str, *rows: tuple[str, int], others: int = 0) -> Listing:
    return Listing(section, tuple(Row(name, value, value / 11_284) for name, value in rows), others)
