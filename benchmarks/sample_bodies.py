"""Sample events as a backend would send them, all different and without ids, so that each is forwarded."""

from typing import Any

_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
)
_REFERRERS = ("https://www.google.com/", "https://news.example.org/read?id=17", "", "https://chatgpt.com/")
_COUNTRIES = ("DE", "US", "FR", "JP", "BR")


def pageview(website_id: str, number: int) -> dict[str, Any]:
    return {
        "website_id": website_id,
        "name": "pageview",
        "visitor_id": f"v-{number % 300}",
        "session_id": f"s-{number % 500}",
        "url": f"https://shop.example.com/products/{number % 97}?utm_source=newsletter&utm_medium=email&page={number}",
        "title": f"Product {number % 97}",
        "referrer": _REFERRERS[number % len(_REFERRERS)],
        "user_agent": _BROWSERS[number % len(_BROWSERS)],
        "language": "en-US",
        "country": _COUNTRIES[number % len(_COUNTRIES)],
        "screen": "1920x1080",
        "properties": {"plan": "pro", "items": number % 7},
    }
