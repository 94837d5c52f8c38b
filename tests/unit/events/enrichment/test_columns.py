"""What the sender gives wins, the rest is derived, and no text that anybody sends can stop or slow it."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.events.enrichment.bots import REASONS
from pixel.events.enrichment.channels import CHANNELS
from pixel.events.enrichment.columns import Enriched, Page, enrich

_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Mobile/15E148 Safari/604.1"
)
_NOTHING = {**dict.fromkeys(Enriched.__annotations__, ""), "channel": "direct", "is_bot": 0}
_LONG = 8192
_CHARACTERS = "a/%&=?#[-+ \x00\\\ud800é\ufdfa\u0130"  # the last two grow when they are normalised or lowered
_PIECES = ["a.", "a@", "a:", ":1", "%41", "a-", "_-", "é.", "bot", "cubot", "(compatible;", "https://", "&utm_source=a"]
_ADDRESSES = st.sampled_from(
    ["", "/", "//", "https://", "android-app://", "www.a.com", "/?utm_source=", "?gclid=%", "@:"]
)
_TEXTS = st.text(st.characters(), max_size=60) | st.builds(
    "".join, st.lists(_ADDRESSES | st.text(max_size=8), max_size=9)
)
_PAGES = st.builds(Page, *(st.none() | _TEXTS for _ in Page._fields))


def test_everything_is_derived_from_url_referrer_and_user_agent() -> None:
    page = Page(
        url="https://www.Example.com:443/pricing?utm_source=Google&utm_medium=cpc&utm_campaign=Spring%20sale"
        "&utm_term=a+b&utm_content=top#plans",
        referrer="https://www.google.de/",
        user_agent=_IPHONE,
    )

    assert enrich(page) == Enriched(
        url=str(page.url),
        host="www.example.com",
        path="/pricing",
        referrer="https://www.google.de/",
        referrer_host="www.google.de",
        channel="paid_search",
        utm_source="Google",
        utm_medium="cpc",
        utm_campaign="Spring sale",
        utm_term="a b",
        utm_content="top",
        llm_engine="",
        device="mobile",
        browser="Safari",
        os="iOS",
        user_agent=_IPHONE,
        is_bot=0,
        bot_reason="",
    )


def test_what_the_sender_gives_wins() -> None:
    given_values = {
        **dict.fromkeys(("device", "browser", "os"), "given"),
        **{name: f"given {name}" for name in Page._fields if name.startswith("utm_")},
        "path": "/given",
    }
    url = "https://example.com/a?utm_source=a&utm_medium=email&utm_campaign=a&utm_term=a&utm_content=a"

    enriched = enrich(Page(url=url, user_agent=_IPHONE, **given_values))

    assert {name: value for name, value in enriched.items() if name in given_values} == given_values
    assert (enriched["host"], enriched["channel"]) == ("example.com", "campaign")


def test_an_empty_text_gives_nothing() -> None:
    url = "https://example.com/a?utm_source=news"

    enriched = enrich(Page(url=url, path=" ", utm_source="", device="", browser="", os="", user_agent=_IPHONE))

    assert (enriched["path"], enriched["utm_source"]) == ("/a", "news")
    assert (enriched["device"], enriched["browser"], enriched["os"]) == ("mobile", "Safari", "iOS")


def test_nothing_said_is_nothing_derived() -> None:
    assert enrich(Page()) == _NOTHING


def test_a_path_alone_brings_its_query() -> None:
    enriched = enrich(Page(path="pricing?utm_source=news&utm_medium=email"))

    found = {"path": "/pricing", "utm_source": "news", "utm_medium": "email", "channel": "email"}
    assert enriched == {**_NOTHING, **found}


def test_the_query_of_the_url_comes_before_that_of_the_path() -> None:
    assert enrich(Page(url="https://a.com/?utm_source=a", path="/p?utm_source=b"))["utm_source"] == "a"
    assert enrich(Page(url="https://a.com/", path="/p?utm_source=b"))["utm_source"] == "b"


@pytest.mark.parametrize(
    ("url", "referrer"),
    [
        ("https://example.com/b", "https://example.com/a"),
        ("https://www.example.com/b", "https://example.com/a"),
        ("https://example.com/b", "http://WWW.example.com:8080/a"),
        ("https://münchen.example/b", "https://xn--mnchen-3ya.example/a"),
        ("https://www.google.com/b", "https://google.com/"),
    ],
)
def test_the_website_itself_is_no_source(url: str, referrer: str) -> None:
    enriched = enrich(Page(url=url, referrer=referrer))

    assert (enriched["referrer"], enriched["referrer_host"], enriched["channel"]) == (referrer, "", "direct")


@pytest.mark.parametrize("address", [{"path": "/b"}, {"url": "https://shop.example.com/b"}, {}])
@pytest.mark.parametrize("own_host", ["example.com", "www.Example.com"])
def test_the_website_s_domain_is_no_source_where_the_address_does_not_name_it(
    address: dict[str, str], own_host: str
) -> None:
    page = Page(referrer="https://www.example.com/a", **address)

    assert enrich(page)["referrer_host"] == "www.example.com"
    enriched = enrich(page, own_host=own_host)
    assert (enriched["referrer_host"], enriched["channel"]) == ("", "direct")


def test_a_neighbour_of_the_website_is_a_source() -> None:
    enriched = enrich(Page(url="https://example.com/", referrer="https://blog.example.com/"), own_host="example.com")

    assert (enriched["referrer_host"], enriched["channel"]) == ("blog.example.com", "referral")


def test_no_user_agent_is_no_finding_and_an_empty_one_is() -> None:
    assert enrich(Page(user_agent=None)) == _NOTHING
    assert enrich(Page(user_agent="")) == {**_NOTHING, "is_bot": 1, "bot_reason": "empty_user_agent"}


def test_only_the_beginning_of_a_user_agent_is_read_and_all_of_it_is_kept() -> None:
    long = f"{_IPHONE}{' ' * 1024}Googlebot/2.1"

    enriched = enrich(Page(user_agent=long))

    assert (enriched["browser"], enriched["is_bot"], enriched["user_agent"]) == ("Safari", 0, long)


def test_a_bot_has_no_machine_unless_the_sender_says_so() -> None:
    claimed = f"{_IPHONE} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

    crawler = {"user_agent": claimed, "is_bot": 1, "bot_reason": "crawler"}
    assert enrich(Page(user_agent=claimed)) == {**_NOTHING, **crawler}
    assert enrich(Page(user_agent=claimed, device="mobile"))["device"] == "mobile"


@pytest.mark.parametrize(
    ("page", "engine"),
    [
        (Page(referrer="https://chatgpt.com/"), "chatgpt"),
        (Page(url="https://a.com/?utm_source=chatgpt.com"), "chatgpt"),
        (Page(user_agent="GPTBot/1.2"), "chatgpt"),
        (Page(referrer="https://claude.ai/", user_agent="GPTBot/1.2"), "claude"),
        (Page(url="https://chatgpt.com/a", referrer="https://chatgpt.com/"), ""),
    ],
)
def test_an_engine_is_known_by_referrer_utm_source_or_user_agent(page: Page, engine: str) -> None:
    assert enrich(page)["llm_engine"] == engine


@given(_PAGES)
def test_any_text_gives_text_of_bounded_length_and_of_closed_sets(page: Page) -> None:
    enriched = enrich(page)
    said = {name: text or "" for name, text in page._asdict().items()}
    longest = max(len(said["url"]), len(said["path"]))

    assert all(isinstance(value, str) for name, value in enriched.items() if name != "is_bot")
    assert enriched["is_bot"] == (enriched["bot_reason"] != "") == (enriched["bot_reason"] in REASONS)
    assert enriched["channel"] in CHANNELS
    assert all(enriched[name] == said[name] for name in ("url", "referrer", "user_agent"))
    assert len(enriched["path"]) <= longest + 1
    assert all(len(text) <= max(longest, len(said[f"utm_{name}"])) for name, text in _utm(enriched).items())
    assert f"{enriched['host']}{enriched['referrer_host']}".isascii()
    assert max(len(enriched["host"]), len(enriched["referrer_host"])) <= 253
    assert enriched["path"] == "" or enriched["path"][0] in "/\\"


@pytest.mark.parametrize("piece", [*_CHARACTERS, *_PIECES])
def test_hostile_texts_take_no_longer_than_their_length(piece: str) -> None:
    text = (piece * _LONG)[:_LONG]
    pages = [
        *(Page(**{name: f"{text}{end}"}) for name in Page._fields for end in ("", "@", " .")),
        *(
            Page(url=f"{start}{text}", referrer=f"{start}{text}")
            for start in ("https://", "//", "/", "https://a.com/?")
        ),
    ]

    began = process_time()
    for page in pages:
        enrich(page)

    assert process_time() - began < 0.25


def _utm(enriched: Enriched) -> dict[str, str]:
    return {name.removeprefix("utm_"): str(value) for name, value in enriched.items() if name.startswith("utm_")}
