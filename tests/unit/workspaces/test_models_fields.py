"""What may be written for each field, how it is stored, and what is said otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from pixel.workspaces.alerts import checked_threshold
from pixel.workspaces.domains import checked_domain
from pixel.workspaces.goals import checked_selector, checked_value
from pixel.workspaces.recipients import checked_recipients, recipient_fault
from pixel.workspaces.websites import checked_currency, checked_time_zone

_LONG_LABEL = "a" * 63


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("example.com", "example.com"),
        (" Shop.Example.COM. ", "shop.example.com"),
        ("localhost", "localhost"),
        ("a-b.c1.io", "a-b.c1.io"),
        ("r3---sn.example.com", "r3---sn.example.com"),
        ("1und1.de", "1und1.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("M\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.de", "xn--mnchen-3ya.de"),
        ("\N{LATIN CAPITAL LETTER U WITH DIAERESIS}ber.example", "xn--ber-goa.example"),
        ("stra\N{LATIN SMALL LETTER SHARP S}e.de", "xn--strae-oqa.de"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}b\N{IDEOGRAPHIC FULL STOP}com", "ab.com"),
        (f"{_LONG_LABEL}.com", f"{_LONG_LABEL}.com"),
        (".".join([_LONG_LABEL] * 3 + ["a" * 61]), ".".join([_LONG_LABEL] * 3 + ["a" * 61])),
    ],
    ids=ascii,
)
def test_a_domain_is_stored_as_dns_knows_it(text: str, stored: str) -> None:
    assert checked_domain(text) == stored
    assert checked_domain(stored) == stored


@pytest.mark.parametrize(
    "text",
    ["https://example.com", "example.com/", "example.com/path", "example.com:8080", "a@example.com", "example.com?x"],
)
def test_an_address_is_told_to_be_a_domain_alone(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="must be the domain alone"):
        checked_domain(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must consist of letters"),
        (".", "must consist of letters"),
        ("a..b", "must consist of letters"),
        (".example.com", "must consist of letters"),
        ("-a.com", "must consist of letters"),
        ("a-.com", "must consist of letters"),
        ("a_b.com", "must consist of letters"),
        ("*.example.com", "must consist of letters"),
        ("exam ple.com", "must consist of letters"),
        ("example.com\x00", "must consist of letters"),
        (f"{_LONG_LABEL}a.com", "must consist of letters"),
        (".".join([_LONG_LABEL] * 3 + ["a" * 62]), "must consist of letters"),
        ("example", "at least one dot"),
        ("127.0.0.1", "at least one dot"),
        ("example.123", "at least one dot"),
        ("a\N{ZERO WIDTH JOINER}b.com", r"its encoded form \(xn--"),
        ("\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 70 + ".com", r"its encoded form \(xn--"),
        ("\udcff.com", r"its encoded form \(xn--"),
        (None, "must be text"),
        (5, "must be text"),
    ],
    ids=ascii,
)
def test_no_other_domain_is_taken(text: object, says: str) -> None:
    with pytest.raises(PydanticCustomError, match=says):
        checked_domain(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "/",
            "/thanks",
            "/cart/*/done?step=2",
            "/a" + "**a" * 5,
            "https://example.com/",
            "https://*.example.com/*",
            "http://a.b:80/c",
        ),
        *("#buy", ".button", "button", "*", "form.signup > button:not(.off)", "a[href='/buy']", 'a[href="x]y"]'),
        *("ul li:nth-child(2n+1)", "a::before", "h1 ~ p, h2 + p", "[data-goal]", ".sm\\:flex", "#caf\u00e9"),
        *("a[title='it\\'s']", "x" * 500, "a[href$='.pdf' i]", "a[title='a != b']", ".a:is(.b, .c)", "li:has(> a)"),
        *("a:not(.b, .c)", "a:not(.b:not(.c))", "a:NOT([href^='/'])", "input:checked", "svg|a", "a /* why */ b"),
    ],
    ids=ascii,
)
def test_a_selector_is_a_url_pattern_or_css(text: str) -> None:
    assert checked_selector(f" {text} ") == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1 to 500 printable"),
        (" ", "1 to 500 printable"),
        ("x" * 501, "1 to 500 printable"),
        ("a\x00b", "1 to 500 printable"),
        ("a\nb", "1 to 500 printable"),
        ("/a b", "must be, as a URL pattern"),
        ("https://example.com", "must be, as a URL pattern"),
        ("https:///a", "must be, as a URL pattern"),
        ("https://ann@example.com/a", "must be, as a URL pattern"),
        ("/a" + "*a" * 6, "must have at most 5 wildcards"),
        ("https://*.example.com/" + "*/" * 5, "must have at most 5 wildcards"),
        (None, "must be text"),
        *(
            (text, "must be a valid CSS selector")
            for text in (
                *("example.com/thanks", "a{color:red}", "<b>", "'a'", "> a", "1a", "a >", "a,", "#", "a:", "a\\"),
                *("a[href='x]", "a[href", "a:not(.b", "a)", "a[b(c)]", "a[b!=c]", "a::after b"),
            )
        ),
    ],
    ids=ascii,
)
def test_no_other_selector_is_taken(text: object, says: str) -> None:
    with pytest.raises(PydanticCustomError, match=f"(?s){says}"):
        checked_selector(text)


@given(text=st.text())
def test_whatever_is_written_is_taken_or_refused_in_a_sentence(text: str) -> None:
    for check in (checked_selector, checked_domain):
        try:
            stored = check(text)
        except PydanticCustomError as refusal:
            assert str(refusal).endswith(".")  # noqa: PT017 - a refusal is one of two right outcomes
        else:
            assert check(stored) == stored
    recipient_fault("email", text)


@pytest.mark.parametrize(
    ("number", "stored"),
    [(0, 0), (100, 100), (0.75, 0.75), (1.0, 1), (0.000001, 0.000001), (10**12 - 1, 10**12 - 1)],
)
def test_a_threshold_is_a_number_whole_where_it_is_whole(number: float, stored: float) -> None:
    threshold = checked_threshold(number)

    assert threshold == stored
    assert type(threshold) is type(stored)


@pytest.mark.parametrize(
    "number", ["", "1", None, True, [1], -1, -0.5, float("nan"), float("inf"), 1e12, 10**400, 0.0000001]
)
def test_no_other_threshold_is_taken(number: object) -> None:
    with pytest.raises(PydanticCustomError, match="must be a number of at least 0"):
        checked_threshold(number)


@pytest.mark.parametrize("channel", ["email", "slack"])
@pytest.mark.parametrize(
    ("recipient", "right_channel"),
    [
        *((text, "email") for text in ("ann@example.com", "a.b+c@sub.example.org", "O'Hara@example.com", "A@B.io")),
        *((text, "slack") for text in ("#sales", "#team-1_x", "#caf\u00e9")),
        *(
            (text, None)
            for text in ("ann", "ann@", "@example.com", "ann@localhost", "a@b@c.de", ".a@b.de", "a..b@c.de")
        ),
        *((text, None) for text in ("ann@example", "ann@-x.de", f"{'a' * 65}@b.de", "ann smith@b.de", "Ann <a@b.de>")),
        *((text, None) for text in ("sales", "#", "#Sales", "#a b", f"#{'a' * 81}", "@ann", "C024BE91L")),
        *((text, None) for text in ("ann@x.test", "ann@x.local", "ann@[127.0.0.1]", "\u00e9@b.de")),
    ],
    ids=ascii,
)
def test_recipients_fit_their_channel(channel: str, recipient: str, right_channel: str | None) -> None:
    assert (recipient_fault(channel, recipient) is None) is (channel == right_channel)


@pytest.mark.parametrize("number", [1, 20])
def test_recipients_are_1_to_20(number: int) -> None:
    names = [f"ann{place}@example.com" for place in range(number)]

    assert checked_recipients([f" {name} " for name in names]) == names


@pytest.mark.parametrize(
    ("recipients", "says"),
    [
        ([], "1 to 20 entries"),
        ([f"a{place}@b.de" for place in range(21)], "1 to 20 entries"),
        ("ann@example.com", "must be a list of texts"),
        ([5], "must be text"),
        (None, "must be a list of texts"),
    ],
)
def test_no_other_recipients_are_taken(recipients: object, says: str) -> None:
    with pytest.raises(PydanticCustomError, match=says):
        checked_recipients(recipients)


def test_a_time_zone_and_a_currency_are_those_of_the_lists() -> None:
    assert checked_time_zone(" Europe/Berlin ") == "Europe/Berlin"
    assert [checked_currency(code) for code in ("EUR", " eur ", "Chf")] == ["EUR", "EUR", "CHF"]
    for check, value, says in (
        (checked_time_zone, "CEST", "must be a name in the IANA time zone database"),
        (checked_time_zone, "europe/berlin", "did you mean `Europe/Berlin`"),
        (checked_currency, "EURO", "must be an ISO 4217 code"),
        (checked_currency, "", "must be an ISO 4217 code"),
        (checked_time_zone, 1, "must be text"),
        (checked_currency, None, "must be text"),
    ):
        with pytest.raises(PydanticCustomError, match=says):
            check(value)


def test_the_value_of_a_goal_is_an_exact_decimal_from_0() -> None:
    given = (0, "9.50", 49.9, 12.0, 999_999_999.9999)

    assert [repr(checked_value(value)) for value in given] == ["0", "9.5", "49.9", "12", "999999999.9999"]
    for value, says in (
        (-0.01, "at least 0"),
        (1_000_000_000, "less than 1,000,000,000"),
        (0.00001, "at most 4 decimal places"),
        ("1e400", "at least 0 and less than"),
        ("\u0661", "must be a number"),
        (True, "must be a number"),
        ([1], "must be a number"),
    ):
        with pytest.raises(PydanticCustomError, match=says):
            checked_value(value)
