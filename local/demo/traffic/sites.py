"""The pages of a website, the ways through them, and what it sells."""

from typing import NamedTuple

from local.demo.traffic.choices import Choices

TITLES = {
    "/": "Home",
    "/pricing": "Pricing",
    "/features": "Features",
    "/about": "About us",
    "/docs": "Documentation",
    "/docs/quickstart": "Quickstart",
    "/docs/api": "API reference",
    "/blog": "Blog",
    "/blog/measure-what-matters": "Measure what matters",
    "/blog/server-side-analytics": "Server-side analytics, explained",
    "/blog/sessions-over-midnight": "Sessions over midnight",
    "/customers": "Customers",
    "/signup": "Sign up",
    "/welcome": "Welcome",
    "/checkout": "Checkout",
    "/thanks": "Thank you",
}
LEAVE = ""

# How many screens of a computer a page fills.
SCREENS = {
    "/": 4.0,
    "/pricing": 2.5,
    "/features": 4.5,
    "/about": 2.0,
    "/docs": 2.5,
    "/docs/quickstart": 5.0,
    "/docs/api": 11.0,
    "/blog": 2.0,
    "/blog/measure-what-matters": 5.5,
    "/blog/server-side-analytics": 7.0,
    "/blog/sessions-over-midnight": 6.0,
    "/customers": 3.0,
    "/signup": 1.0,
    "/welcome": 1.2,
    "/checkout": 1.4,
    "/thanks": 1.0,
}
WORKED_ALONG_WITH = {"/docs/quickstart", "/docs/api"}

_ARTICLES = ("/blog/measure-what-matters", "/blog/server-side-analytics", "/blog/sessions-over-midnight")

LANDINGS = Choices([(50, "/"), (9, "/pricing"), (8, "/features"), (8, "/docs"), (4, "/blog"), (3, "/customers")])
# Visitors from searches and assistants land on a page that answers them, not on the home page.
LANDINGS_OF_SEEKERS = Choices(
    [(22, "/"), (12, "/docs/quickstart"), (10, "/docs/api"), (6, "/pricing"), *((14, article) for article in _ARTICLES)]
)
SEEKING_CHANNELS = {"organic_search", "ai", "social"}

_ON_ARTICLE = Choices([(55, LEAVE), (14, "/blog"), (12, "/"), (9, "/features"), (10, "/signup")])
NEXT_PAGES = {
    "/": Choices(
        [(38, LEAVE), (20, "/pricing"), (18, "/features"), (10, "/docs"), (6, "/blog"), (4, "/about"), (8, "/signup")]
    ),
    "/pricing": Choices(
        [(38, LEAVE), (12, "/features"), (8, "/docs"), (26, "/signup"), (8, "/checkout"), (4, "/customers")]
    ),
    "/features": Choices([(34, LEAVE), (28, "/pricing"), (16, "/docs"), (8, "/customers"), (12, "/signup")]),
    "/about": Choices([(62, LEAVE), (20, "/"), (12, "/customers"), (6, "/blog")]),
    "/docs": Choices([(24, LEAVE), (36, "/docs/quickstart"), (30, "/docs/api"), (6, "/pricing"), (6, "/signup")]),
    "/docs/quickstart": Choices([(34, LEAVE), (34, "/docs/api"), (14, "/docs"), (16, "/signup")]),
    "/docs/api": Choices([(46, LEAVE), (26, "/docs"), (18, "/docs/quickstart"), (6, "/pricing")]),
    "/blog": Choices([(30, LEAVE), *((20, article) for article in _ARTICLES), (8, "/")]),
    **dict.fromkeys(_ARTICLES, _ON_ARTICLE),
    "/customers": Choices([(46, LEAVE), (30, "/pricing"), (14, "/features"), (10, "/signup")]),
    "/signup": Choices([(70, LEAVE), (18, "/pricing"), (12, "/")]),
    "/welcome": Choices([(40, LEAVE), (34, "/docs/quickstart"), (14, "/checkout"), (12, "/docs")]),
    "/checkout": Choices([(70, LEAVE), (30, "/pricing")]),
    "/thanks": Choices([(70, LEAVE), (30, "/docs")]),
}


class Product(NamedTuple):
    name: str
    amount: float


PRODUCTS = Choices(
    [
        (50, Product("Starter", 19.0)),
        (34, Product("Pro", 49.9)),
        (6, Product("Scale", 249.0)),
        (10, Product("Starter, yearly", 190.0)),
    ]
)
_EURO = "EUR"
CURRENCIES = {"GB": "GBP", **dict.fromkeys(("DE", "FR", "NL", "ES", "IT"), _EURO)}
DEFAULT_CURRENCY = "USD"


class Site(NamedTuple):
    workspace_id: str
    website_id: str
    host: str
