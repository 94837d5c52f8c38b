"""Rows of the report on rules: those of now without clicks, and those of clicks whose rule is gone."""

from pixel.smart_links.rule_report import rule_report

_SPLIT = {
    "id": "rule_b",
    "name": "Split",
    "destinations": [{"url": "https://a.example.com/", "weight": 1}, {"url": "https://b.example.com/", "weight": 1}],
}
_ONE = {"id": "rule_a", "name": "One", "destination_url": "https://one.example.com/"}


def test_each_destination_of_a_rule_has_a_row_and_so_has_no_rule() -> None:
    rows = [{"rule_id": "rule_b", "variant": 2, "destination_host": "b.example.com", "clicks": 3, "unique": 2}]

    found = rule_report(rows, [_SPLIT, _ONE])

    assert [(row["ruleId"], row["variant"], row["name"], row["destinationUrl"], row["clicks"]) for row in found] == [
        ("rule_b", 2, "Split", "https://b.example.com/", 3),
        (None, 0, None, None, 0),
        ("rule_a", 0, "One", "https://one.example.com/", 0),
        ("rule_b", 1, "Split", "https://a.example.com/", 0),
    ]


def test_clicks_of_a_rule_that_was_deleted_stay() -> None:
    rows = [{"rule_id": "rule_z", "variant": 0, "destination_host": "z.example.com", "clicks": 1, "unique": 1}]

    assert rule_report(rows, [])[0] == {
        "ruleId": "rule_z",
        "name": None,
        "variant": 0,
        "destinationUrl": None,
        "destinationHost": "z.example.com",
        "clicks": 1,
        "uniqueClicks": 1,
    }
