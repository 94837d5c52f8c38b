"""The few names that events are made of, so that they collide."""

from collections.abc import Sequence

from tests.pipes.oracle.question import Row

WEBSITES = ("site-1", "site-2")
VISITORS = ("ann", "Bob", "čeněk")
PATHS = ("/", "/pricing", "/docs/é")
GOALS = ("signup", "demo's")
PRODUCTS = ("plan", "")
CURRENCIES = ("EUR", "USD", "JPY")
TRAITS = ('{"plan":"pro"}', '{"plan":"free","é\\"":3}', '{"seats":null,"vip":true}', "{}")

ACTIONS: Sequence[tuple[str, Row]] = (
    *(("pageviews", {"path": path, "title": "A page"}) for path in PATHS for _ in range(2)),
    ("pageviews", {"path": "/pricing", "properties": '{"plan":"a","é":1}'}),
    ("pageviews", {"path": "/pricing/", "host": "a.example", "url": "https://a.example/pricing/?plan=a#top"}),
    ("pageviews", {"path": "/docs/a.b/c", "host": "b.example", "url": "https://b.example/docs/a.b/c?q=1"}),
    ("custom_goals", {"goal_name": "signup"}),
    ("custom_goals", {"goal_name": "signup", "value": 0.1, "currency": "EUR", "path": "/pricing"}),
    ("custom_goals", {"goal_name": "signup", "value": 12.3456, "currency": "USD", "properties": '{"plan":"b"}'}),
    ("custom_goals", {"goal_name": "demo's", "value": 7.5}),
    ("custom_goals", {"goal_name": "demo's", "value": 0.2, "currency": "EUR", "properties": '{"seats":3,"plan":null}'}),
    ("visitor_payments", {"amount": 0.1, "currency": "EUR", "product_name": "plan", "path": "/pricing"}),
    ("visitor_payments", {"amount": 99.99, "currency": "USD", "product_name": "plan", "transaction_id": "t1"}),
    ("visitor_payments", {"amount": 1200, "currency": "JPY", "quantity": 2}),
    ("visitor_payments", {"amount": 0.2, "currency": "EUR", "refund": 1, "product_name": "plan"}),
    ("visitor_payments", {"amount": 100, "currency": "USD", "refund": 1}),
)
DEFINED_GOALS: Sequence[Row] = (
    {"name": "Prices", "selector": "/pricing", "value": 0.1},
    {"name": "Prices", "selector": "https://a.example/pric*", "value": 0.25, "currency": "EUR"},
    {"name": "Plan", "selector": "/pricing?plan=*"},
    {"name": "Top", "selector": "https://a.example/*#top"},
    {"name": "signup", "selector": "/docs/*"},
    {"name": "Home", "selector": "/", "value": 3, "currency": "USD"},
    {"name": "Everything", "selector": "/*"},
    {"name": "Dots", "selector": "https://*.example/docs/a.b/*"},
    {"name": "No dots", "selector": "/docs/a*b/d"},
    {"name": "é", "selector": "/docs/é/"},
    {"name": "Sign-up", "selector": "event:signup", "value": 49.9, "currency": "EUR"},
    {"name": "demo's", "selector": "event:demo's"},
    {"name": "Button", "selector": "#buy"},
    {"name": "signup", "selector": "form .go", "value": 2},
    {"name": "Page", "selector": "https://A.example/pricing/", "value": 7},
    {"name": "Top of it", "selector": "/pricing#top"},
    {"name": "Whole", "selector": "https://a.example/pricing?plan=a#top"},
    {"name": "Asked", "selector": "/docs/*?q=1"},
)
SOURCES: Sequence[Row] = (
    {"channel": "direct"},
    {"channel": "direct"},
    {"channel": "organic_search", "referrer_host": "google.com", "referrer": "https://google.com/"},
    {"channel": "ai", "referrer_host": "perplexity.ai", "llm_engine": "perplexity"},
    {"channel": "ai", "llm_engine": "chatgpt", "utm_source": "chatgpt.com"},
    {"channel": "email", "utm_source": "news", "utm_medium": "email", "utm_campaign": "spring", "utm_term": "a b"},
    {"channel": "email", "utm_source": "news", "utm_medium": "email", "utm_campaign": "autumn", "utm_content": "top"},
)
PROFILES: Sequence[Row] = (
    {
        "country": "DE",
        "region": "BE",
        "city": "Berlin",
        "language": "de",
        "device": "desktop",
        "browser": "Firefox",
        "os": "Linux",
    },
    {
        "country": "DE",
        "region": "BY",
        "city": "München",
        "language": "de",
        "device": "mobile",
        "browser": "Safari",
        "os": "iOS",
    },
    {
        "country": "US",
        "region": "NY",
        "city": "New York",
        "language": "en",
        "device": "mobile",
        "browser": "Chrome",
        "os": "Android",
    },
    {},
)
