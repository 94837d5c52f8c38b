"""E-mail addresses are found in every usual spelling, alone and within a text."""

from pixel.events.email_addresses import canonical_email_address, replace_email_addresses


def _marked(text: str) -> str:
    return replace_email_addresses(text, lambda address: f"[{address}]")


def test_an_address_alone_is_replaced_by_its_canonical_spelling() -> None:
    canonical = {
        "jane@example.com": "jane@example.com",
        " Jane@Example.COM\n": "jane@example.com",
        "mailto:jane@example.com": "jane@example.com",
        "MAILTO: jane@example.com": "jane@example.com",
        "jane @ example.com": "jane@example.com",
        "jane@example.com.": "jane@example.com",
        "jane@example\u3002com": "jane@example.com",
        '"jane"@example.com': "jane@example.com",
        '"Jane Doe"@example.com': '"jane doe"@example.com',
        '"a@b"@example.com': '"a@b"@example.com',
        "jane.o'brien+tag_1@sub.example.co.uk": "jane.o'brien+tag_1@sub.example.co.uk",
        "sales/north=1@example.com": "sales/north=1@example.com",
        "jane@localhost": "jane@localhost",
        "jane@192.0.2.1": "jane@192.0.2.1",
        "jane@[192.0.2.1]": "jane@[192.0.2.1]",
        "jane@[IPv6:2001:db8::1]": "jane@[ipv6:2001:db8::1]",
        "JANE@BÜCHER.example": "jane@bücher.example",
        "jane@xn--bcher-kva.example": "jane@bücher.example",
        "用户@例子.广告": "用户@例子.广告",
        "संपर्क@डाटामेल.भारत": "संपर्क@डाटामेल.भारत",
        "δοκιμή@παράδειγμα.δοκιμή": "δοκιμή@παράδειγμα.δοκιμή",
        "x@example.vermögensberatung": "x@example.vermögensberatung",
    }

    assert {text: _marked(text) for text in canonical} == {text: f"[{one}]" for text, one in canonical.items()}
    assert {text: canonical_email_address(text) for text in canonical} == canonical


def test_within_a_text_the_address_alone_is_replaced() -> None:
    marked = {
        "Jane Doe <Jane@Example.com>": "Jane Doe <[jane@example.com]>",
        "Jane <jane@localhost>": "Jane <[jane@localhost]>",
        "write jane@example.com!": "write [jane@example.com]!",
        "e-mail:jane@example.com.": "e-mail:[jane@example.com].",
        "('jane@example.com')": "('[jane@example.com]')",
        "a@example.com,b@example.com;c@example.com": "[a@example.com],[b@example.com];[c@example.com]",
        "mailto:jane@example.com?subject=hello": "[jane@example.com]?subject=hello",
        "https://example.com/?email=jane@example.com&page=2": "https://example.com/?email=[jane@example.com]&page=2",
        "ask jane @ example.com or call": "ask [jane@example.com] or call",
        'the "jane doe"@example.com one': 'the ["jane doe"@example.com] one',
        "写 jane@example.com谢谢": "写 [jane@example.com]谢谢",
        "@jane@social.example": "@[jane@social.example]",
    }

    assert {text: _marked(text) for text in marked} == marked


def test_what_is_no_address_stays() -> None:
    for text in (
        "@jane",
        "3pm @ cafe",
        "lodash@4.17.21",
        "@scope/package@1.2.3",
        "5 items @ 3.50 each",
        "jane@",
        "@",
        "https://example.com/@jane/a",
        "",
    ):
        assert _marked(text) == text
        assert canonical_email_address(text) is None


def test_what_has_only_a_mistake_in_it_is_replaced_as_it_is() -> None:
    assert _marked("Jane@example..com") == "[jane@example..com]"
    assert _marked(" jane@example,com") == "[jane@example,com]"


def test_a_domain_that_no_name_encodes_is_taken_as_it_is() -> None:
    assert canonical_email_address("jane@xn--0.example") == "jane@xn--0.example"
