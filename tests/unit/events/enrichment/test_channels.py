"""The channel of a visit, row by row of the decision table, and what wins where several rows apply."""

import pytest

from pixel.events.enrichment.channels import CHANNELS, Campaign, channel_of, engine_of

_GOOGLE, _FACEBOOK, _CHATGPT, _STRANGER = "www.google.com", "l.facebook.com", "chatgpt.com", "partner.example.org"


@pytest.mark.parametrize(
    ("medium", "expected"),
    [
        ("email", "email"),
        ("E-Mail", "email"),
        ("newsletter", "email"),
        ("organic", "organic_search"),
        ("social", "social"),
        ("Social Media", "social"),
        ("paid_social", "paid_social"),
        ("paid-social", "paid_social"),
        ("PaidSocial", "paid_social"),
        ("sem", "paid_search"),
        ("cpc", "paid_other"),
        ("affiliate", "affiliate"),
        ("display", "display"),
        ("cpm", "display"),
        ("video", "video"),
        ("sms", "sms"),
        ("push", "push"),
        ("referral", "referral"),
        ("ai", "ai"),
        ("carrier pigeon", "campaign"),
    ],
)
def test_a_known_medium_says_the_channel(medium: str, expected: str) -> None:
    assert channel_of(Campaign(medium=medium), {}, "") == expected


@pytest.mark.parametrize(
    ("source", "query", "host", "expected"),
    [
        ("google", {}, "", "paid_search"),
        ("Bing", {}, "", "paid_search"),
        ("adwords", {}, "", "paid_search"),
        ("facebook", {}, "", "paid_social"),
        ("linkedin.com", {}, "", "paid_social"),
        ("taboola", {}, "", "display"),
        ("awin", {}, "", "affiliate"),
        ("somewhere", {}, "", "paid_other"),
        ("somewhere", {"gclid": "x"}, "", "paid_search"),
        ("somewhere", {"fbclid": "x"}, "", "paid_social"),
        ("", {}, _GOOGLE, "paid_search"),
        ("", {}, _FACEBOOK, "paid_social"),
        ("", {}, _STRANGER, "paid_other"),
        ("facebook", {"gclid": "x"}, _GOOGLE, "paid_social"),
    ],
)
def test_a_paid_medium_is_told_apart_by_what_was_paid(
    source: str, query: dict[str, str], host: str, expected: str
) -> None:
    assert channel_of(Campaign(source, "cpc"), query, host) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"gclid": "x"}, "paid_search"),
        ({"msclkid": "x"}, "paid_search"),
        ({"wbraid": "x"}, "paid_search"),
        ({"fbclid": "x"}, "social"),
        ({"ttclid": "x"}, "paid_social"),
        ({"twclid": "x"}, "paid_social"),
        ({"dclid": "x"}, "display"),
        ({"mc_eid": "x"}, "email"),
        ({"irclickid": "x"}, "affiliate"),
        ({"srsltid": "x"}, "organic_search"),
        ({"page": "2"}, "direct"),
    ],
)
def test_a_click_id_says_the_channel(query: dict[str, str], expected: str) -> None:
    assert channel_of(Campaign(), query, "") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("google", "organic_search"),
        ("Facebook", "social"),
        ("ig", "social"),
        ("newsletter", "email"),
        ("chatgpt.com", "ai"),
        ("ChatGPT", "ai"),
        ("perplexity", "ai"),
        ("news.ycombinator.com", "social"),
        ("www.bing.com", "organic_search"),
        ("googleads", "paid_search"),
        ("partner-7", "campaign"),
        ("partner.example.org", "campaign"),
    ],
)
def test_a_source_without_a_medium_says_the_channel(source: str, expected: str) -> None:
    assert channel_of(Campaign(source), {}, "") == expected


@pytest.mark.parametrize(
    ("host", "expected", "engine"),
    [
        ("", "direct", ""),
        ("google.com", "organic_search", ""),
        ("www.google.co.uk", "organic_search", ""),
        ("www.google.com.br", "organic_search", ""),
        ("com.google.android.googlequicksearchbox", "organic_search", ""),
        ("search.yahoo.com", "organic_search", ""),
        ("duckduckgo.com", "organic_search", ""),
        ("duck.ai", "ai", "duckassist"),
        ("mail.google.com", "email", ""),
        ("com.google.android.gm", "email", ""),
        ("docs.google.com", "referral", ""),
        ("gemini.google.com", "ai", "gemini"),
        ("chat.openai.com", "ai", "chatgpt"),
        ("chatgpt.com", "ai", "chatgpt"),
        ("www.perplexity.ai", "ai", "perplexity"),
        ("claude.ai", "ai", "claude"),
        ("copilot.microsoft.com", "ai", "copilot"),
        ("www.bing.com", "organic_search", ""),
        ("t.co", "social", ""),
        ("l.facebook.com", "social", ""),
        ("lm.facebook.com", "social", ""),
        ("out.reddit.com", "social", ""),
        ("www.pinterest.de", "social", ""),
        ("com.linkedin.android", "social", ""),
        ("github.com", "referral", ""),
        ("notgoogle.com", "referral", ""),
        ("google.evil.example.org", "referral", ""),
        ("google.com.evil.example", "referral", ""),
        ("google.co.uk.com", "referral", ""),
        ("google", "referral", ""),
        ("127.0.0.1", "referral", ""),
    ],
)
def test_a_referrer_s_host_says_the_channel(host: str, expected: str, engine: str) -> None:
    assert channel_of(Campaign(), {}, host) == expected
    assert engine_of(Campaign(), host) == engine


@pytest.mark.parametrize(
    ("campaign", "query", "host", "expected"),
    [
        (Campaign("facebook", "email"), {"gclid": "x"}, _GOOGLE, "email"),
        (Campaign("chatgpt.com", "referral"), {}, _CHATGPT, "referral"),
        (Campaign("facebook"), {"gclid": "x"}, _STRANGER, "paid_search"),
        (Campaign("newsletter"), {}, _GOOGLE, "email"),
        (Campaign("unheard-of", "unheard-of"), {}, _FACEBOOK, "social"),
        (Campaign("unheard-of"), {}, _CHATGPT, "ai"),
        (Campaign("unheard-of"), {}, _STRANGER, "campaign"),
        (Campaign(name="spring"), {}, "", "campaign"),
        (Campaign(term="shoes"), {}, "", "campaign"),
        (Campaign(content="header"), {}, "", "campaign"),
        (Campaign(), {"page": "2"}, _GOOGLE, "organic_search"),
        (Campaign(), {"page": "2"}, _STRANGER, "referral"),
    ],
)
def test_the_first_row_that_applies_wins(campaign: Campaign, query: dict[str, str], host: str, expected: str) -> None:
    assert channel_of(campaign, query, host) == expected
    assert expected in CHANNELS


def test_an_engine_is_known_by_its_host_before_its_utm_source() -> None:
    assert engine_of(Campaign("chatgpt.com"), "claude.ai") == "claude"
    assert engine_of(Campaign("chatgpt.com"), _STRANGER) == "chatgpt"
    assert engine_of(Campaign("chatgpt.com", "email"), "") == "chatgpt"
    assert engine_of(Campaign("google"), _GOOGLE) == ""
