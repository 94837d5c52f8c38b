"""If-None-Match is compared weakly, with each of its tags."""

from pixel.http.conditional import matches, weak_tag

_TAG = weak_tag(b"text")


def test_a_tag_is_that_of_the_text() -> None:
    assert weak_tag(b"text") == _TAG != weak_tag(b"other")
    assert _TAG.startswith('W/"')


def test_one_of_the_tags_is_enough() -> None:
    strong = _TAG.removeprefix("W/")
    for given in (_TAG, strong, "*", f'"x", {_TAG}', f" {strong} "):
        assert matches(given, _TAG), given
    others: tuple[str | None, ...] = (None, "", '"x"', _TAG[:-2], "W/")
    assert not any(matches(other, _TAG) for other in others)
