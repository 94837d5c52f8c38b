"""What may be written for each field, how it is stored, and what is said otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelctl import record_values
from pixelctl.failures import ControlError, InvalidValuesError
from pixelctl.record_kinds import ALERT, GOAL, REPORT, SHARE_LINK, WEBSITE, Kind
from pixelctl.record_values import (
    checked_domain,
    checked_recipients,
    checked_selector,
    checked_threshold,
    recipient_fault,
)
from tests.conftest import Frozen
from tests.contracts.source_files import LAYER

_LONG_LABEL = "a" * 63


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("example.com", "example.com"),
        (" Shop.Example.COM. ", "shop.example.com"),
        ("localhost", "localhost"),
        ("a-b.c1.io", "a-b.c1.io"),
        ("1und1.de", "1und1.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("M\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.de", "xn--mnchen-3ya.de"),
        ("\N{LATIN CAPITAL LETTER U WITH DIAERESIS}ber.example", "xn--ber-goa.example"),
        (f"{_LONG_LABEL}.com", f"{_LONG_LABEL}.com"),
        (".".join([_LONG_LABEL] * 3 + ["a" * 61]), ".".join([_LONG_LABEL] * 3 + ["a" * 61])),
    ],
)
def test_a_domain_is_stored_as_dns_knows_it(text: str, stored: str) -> None:
    assert checked_domain(text) == stored
    assert checked_domain(stored) == stored


@pytest.mark.parametrize(
    "text",
    ["https://example.com", "example.com/", "example.com/path", "example.com:8080", "a@example.com", "example.com?x"],
)
def test_an_address_is_told_to_be_a_domain_alone(text: str) -> None:
    with pytest.raises(ControlError, match="Write the domain alone"):
        checked_domain(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is made of letters"),
        (".", "is made of letters"),
        ("a..b", "is made of letters"),
        (".example.com", "is made of letters"),
        ("-a.com", "is made of letters"),
        ("a-.com", "is made of letters"),
        ("a_b.com", "is made of letters"),
        ("*.example.com", "is made of letters"),
        ("exam ple.com", "is made of letters"),
        ("example.com\x00", "is made of letters"),
        (f"{_LONG_LABEL}a.com", "is made of letters"),
        (".".join([_LONG_LABEL] * 3 + ["a" * 62]), "is made of letters"),
        ("example", "at least one dot"),
        ("127.0.0.1", "at least one dot"),
        ("example.123", "at least one dot"),
        ("stra\N{LATIN SMALL LETTER SHARP S}e.de", "its form for DNS, xn--"),
        ("a\N{ZERO WIDTH JOINER}b.com", "its form for DNS, xn--"),
        ("\N{GRINNING FACE}" * 70 + ".com", "its form for DNS, xn--"),
        ("\udcff.com", "its form for DNS, xn--"),
    ],
    ids=ascii,
)
def test_no_other_domain_is_taken(text: str, says: str) -> None:
    with pytest.raises(ControlError, match=says):
        checked_domain(text)


@pytest.mark.parametrize(
    "text",
    [
        *("/", "/thanks", "/cart/*/done?step=2", "https://example.com/", "https://*.example.com/*", "http://a.b:80/c"),
        *("#buy", ".button", "button", "*", "form.signup > button:not(.off)", "a[href='/buy']", 'a[href="x]y"]'),
        *("ul li:nth-child(2n+1)", "a::before", "h1 ~ p, h2 + p", "[data-goal]", ".sm\\:flex", "#caf\u00e9", "--x"),
        *("a[title='it\\'s']", "x" * 500),
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
        ("/a b", "A URL pattern is"),
        ("https://example.com", "A URL pattern is"),
        ("https:///a", "A URL pattern is"),
        ("https://ann@example.com/a", "A URL pattern is"),
        ("example.com/thanks", "has no / outside quotes"),
        ("a{color:red}", "has no { outside quotes"),
        ("<b>", "does not begin like this"),
        ("'a'", "does not begin like this"),
        ("> a", "does not begin like this"),
        ("1a", "does not begin like this"),
        ("a >", "is not finished"),
        ("a,", "is not finished"),
        ("#", "is not finished"),
        ("a:", "is not finished"),
        ("a\\", "is not finished"),
        ("a[href='x]", "quote of this CSS selector is not closed"),
        ("a[href", "brackets of this CSS selector do not match"),
        ("a:not(.b", "brackets of this CSS selector do not match"),
        ("a)", "brackets of this CSS selector do not match"),
        ("a[b(c])", "brackets of this CSS selector do not match"),
    ],
    ids=ascii,
)
def test_no_other_selector_is_taken(text: str, says: str) -> None:
    with pytest.raises(ControlError, match=f"(?s){says}"):
        checked_selector(text)


@given(text=st.text())
def test_whatever_is_written_as_a_selector_or_domain_is_taken_or_refused_in_a_sentence(text: str) -> None:
    for check in (checked_selector, checked_domain, checked_recipients, checked_threshold):
        try:
            stored = check(text)
        except ControlError as refusal:
            assert str(refusal).endswith(".")  # noqa: PT017 - a refusal is one of two right outcomes
        else:
            assert check is not checked_domain or checked_domain(str(stored)) == stored


@pytest.mark.parametrize(
    ("text", "stored"), [("0", 0), ("100", 100), ("0.75", 0.75), ("1.0", 1), ("007", 7), ("999999999999", 999999999999)]
)
def test_a_threshold_is_a_number_whole_where_it_is_whole(text: str, stored: float) -> None:
    threshold = checked_threshold(text)

    assert threshold == stored
    assert type(threshold) is type(stored)


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "nan", "inf", "1e3", "1_000", "1,5", ".5", "5.", "75%", "9" * 13, "\N{ARABIC-INDIC DIGIT THREE}"],
)
def test_no_other_threshold_is_taken(text: str) -> None:
    with pytest.raises(ControlError, match="A threshold is a number of at least 0"):
        checked_threshold(text)


@pytest.mark.parametrize("channel", record_values.REPORT_CHANNELS)
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
    ],
)
def test_recipients_fit_their_channel(channel: str, recipient: str, right_channel: str | None) -> None:
    assert (recipient_fault(channel, recipient) is None) is (channel == right_channel)


@pytest.mark.parametrize("number", [1, 20])
def test_recipients_are_1_to_20(number: int) -> None:
    names = [f"ann{place}@example.com" for place in range(number)]

    assert checked_recipients(" , ".join(names)) == names


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1 to 20 recipients"),
        (" , ", "1 to 20 recipients"),
        (",".join(f"a{place}@b.de" for place in range(21)), "1 to 20 recipients"),
        ("ann@example.com,Ann@example.com", "each recipient once"),
    ],
)
def test_no_other_number_of_recipients_is_taken(text: str, says: str) -> None:
    with pytest.raises(ControlError, match=says):
        checked_recipients(text)


@pytest.mark.parametrize(
    ("kind", "given_values", "lines"),
    [
        (WEBSITE, {"domain": "http://x", "name": " "}, ["--domain: Write the domain alone", "--name: A name has"]),
        (GOAL, {"name": "", "selector": "a["}, ["--name: A name has", "--selector: The brackets"]),
        (GOAL, {"name": "Buy"}, ["--selector: This is needed."]),
        (
            ALERT,
            {"metric": "clicks", "threshold": "-1", "channel": "sms"},
            [
                f"--metric: Choose one of {', '.join(record_values.METRICS)}.",
                "--threshold: A threshold is",
                "--channel: Choose one of email, slack, webhook.",
            ],
        ),
        (
            ALERT,
            {"metric": "bounce_rate", "threshold": "75", "channel": "sms"},
            ["--channel: Choose", "--threshold: A bounce rate is a fraction"],
        ),
        (
            REPORT,
            {"cadence": "hourly", "channel": "slack", "recipients": "#sales,ann@example.com,Sales"},
            [
                "--cadence: Choose one of daily, weekly, monthly.",
                "--recipients: Number 2 does not fit the channel slack",
                "--recipients: Number 3 does not fit",
            ],
        ),
        (SHARE_LINK, {"expires_at": "2020-01-01"}, ['--expires: "2020-01-01" has passed already']),
        (SHARE_LINK, {"expires_at": "soon"}, ['--expires: "soon" is no expiry']),
    ],
)
def test_all_that_is_wrong_is_said_at_once(
    frozen: Frozen, kind: Kind, given_values: dict[str, str], lines: list[str]
) -> None:
    with pytest.raises(InvalidValuesError) as refusal:
        kind.checked_new(given_values)

    said = str(refusal.value).split("\n  ")
    if len(lines) > 1:
        assert said.pop(0) == "these values cannot be used:"
    assert len(said) == len(lines)
    assert all(line.startswith(start) for line, start in zip(said, lines, strict=True))


@pytest.mark.parametrize("threshold", ["0", "0.5", "1"])
def test_a_bounce_rate_is_a_fraction(threshold: str) -> None:
    values = {"metric": "bounce_rate", "threshold": threshold, "channel": "email"}

    assert ALERT.checked_new(values)["threshold"] == float(threshold)


def test_alerts_watch_the_metrics_of_the_warehouse() -> None:
    listed = f"{', '.join(record_values.METRICS[:-1])} or {record_values.METRICS[-1]}"

    assert f'"description":"{listed}"' in (LAYER / "tinybird" / "pipes.json").read_text()
