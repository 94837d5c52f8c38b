"""Where visits come from. A visit's first pageview carries it; the next ones come from the website itself."""

from typing import NamedTuple
from urllib.parse import urlencode

from local.demo.traffic.choices import Choices


class Source(NamedTuple):
    channel: str
    referrer: str = ""
    referrer_host: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    llm_engine: str = ""

    @property
    def query(self) -> str:
        """Return the query string of a link from there."""
        given = {name: value for name, value in self._asdict().items() if name.startswith("utm_") and value}
        return f"?{urlencode(given)}" if given else ""


DIRECT = Source("direct")


def _from(channel: str, host: str, **fields: str) -> Source:
    return Source(channel, f"https://{host}/", host, **fields)


_SPRING = "spring_launch"
_NEWSLETTER = {"utm_source": "newsletter", "utm_medium": "email"}

SOURCES = Choices(
    [
        (30, DIRECT),
        (22, _from("organic_search", "www.google.com")),
        (3, _from("organic_search", "www.bing.com")),
        (3, _from("organic_search", "duckduckgo.com")),
        (1, _from("organic_search", "www.ecosia.org")),
        (4, _from("social", "www.linkedin.com")),
        (3, _from("social", "t.co")),
        (3, _from("social", "www.reddit.com")),
        (2, _from("social", "news.ycombinator.com")),
        (1, _from("social", "www.youtube.com")),
        (4, _from("ai", "chatgpt.com", utm_source="chatgpt.com", llm_engine="chatgpt")),
        (2, _from("ai", "www.perplexity.ai", llm_engine="perplexity")),
        (1, _from("ai", "claude.ai", llm_engine="claude")),
        (1, _from("ai", "gemini.google.com", llm_engine="gemini")),
        (1, _from("ai", "copilot.microsoft.com", llm_engine="copilot")),
        (2, _from("referral", "github.com")),
        (2, _from("referral", "dev.to")),
        (1, _from("referral", "www.producthunt.com", utm_source="producthunt", utm_medium="referral")),
        (1, _from("referral", "partner.example.org")),
        (2, Source("email", utm_campaign="weekly_digest", **_NEWSLETTER)),
        (1, Source("email", utm_campaign=_SPRING, utm_content="header", **_NEWSLETTER)),
        (
            2,
            _from(
                "paid_search",
                "www.google.com",
                utm_source="google",
                utm_medium="cpc",
                utm_campaign="brand",
                utm_term="analytics api",
            ),
        ),
        (
            2,
            _from(
                "paid_search",
                "www.google.com",
                utm_source="google",
                utm_medium="cpc",
                utm_campaign=_SPRING,
                utm_term="server side analytics",
                utm_content="text_b",
            ),
        ),
        (
            2,
            _from(
                "paid_social",
                "www.linkedin.com",
                utm_source="linkedin",
                utm_medium="paid_social",
                utm_campaign=_SPRING,
                utm_content="video",
            ),
        ),
    ]
)
