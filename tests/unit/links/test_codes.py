"""Short codes: which are taken, which are refused, and what random ones are made of."""

from pixel.links.codes import ALPHABET, CHARACTERS, code_key, has_form_of_code, is_reserved, random_code

_CODES = ("abcd", "A-b_9", "summer/sale", "a/b/c", "x" * 64, f"{'x' * 64}/{'y' * 64}/z")
_NO_CODES = (
    *(
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "a/b/c/d",
        "x" * 65,
        "a b",
        "a.b",
        "ä",
        "a%2Fb",
        "a\n",
        "a\\b",
        "a+",
        "a?b",
        "..",
        "a/../b",
    ),
    "\N{CYRILLIC SMALL LETTER A}bcd",
    "abc\N{FULLWIDTH DIGIT ONE}",
)
_RESERVED = (
    *("api", "API", "api/v1", "Embed", "admin/x", "login", "robots.txt", "favicon.ico", "sitemap.xml"),
    *(".well-known/x", "_next", "px_u", "pxl", ".env", "wp-login.php", "a/b.PHP", "x.asp", "x.sql", "config.git"),
    *("dashboard", "share/x", "docs"),
)


def test_a_code_is_one_to_three_segments_of_plain_characters() -> None:
    assert [code for code in _CODES if not has_form_of_code(code)] == []
    assert [code for code in _NO_CODES if has_form_of_code(code)] == []


def test_what_the_deployment_serves_and_what_attackers_ask_for_is_nobodys_code() -> None:
    assert [code for code in _RESERVED if not is_reserved(code)] == []
    assert [code for code in ("apis", "sale-api", "my/api", "epx", "a_b", "logins") if is_reserved(code)] == []


def test_a_random_code_has_no_characters_that_are_taken_for_others() -> None:
    codes = {random_code(1) for _ in range(200)}

    assert len(codes) == 200
    assert {*"".join(codes)} <= {*ALPHABET}
    assert not {*"01ilo"} & {*ALPHABET}
    assert len(ALPHABET) == 31


def test_codes_grow_from_the_third_attempt_on() -> None:
    assert [len(random_code(attempt)) - CHARACTERS for attempt in range(1, 6)] == [0, 0, 1, 2, 3]


def test_a_random_code_may_be_chosen_and_is_never_reserved() -> None:
    """One in a thousand would begin with px without a check."""
    assert [
        code for code in (random_code(1) for _ in range(5000)) if is_reserved(code) or not has_form_of_code(code)
    ] == []


def test_codes_match_without_regard_to_case() -> None:
    assert code_key("Sale") == code_key("sALE") == {"pk": "R#default/sale", "sk": "-"}
