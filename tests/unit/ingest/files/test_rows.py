"""Rows of NDJSON and CSV: each with its event or its fault, and the place behind it."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.events.models import Custom, Identify, Pageview, Payment, read_event_or_identify
from pixel.foundation.errors import ApiError
from pixel.ingest.files.lines import DamagedFileError, Line, Position, read_lines
from pixel.ingest.files.rows import HeaderError, Portion, Row, csv_rows, is_csv, ndjson_rows, portions, read_header

_HEADER = "website_id,name,goal_name,value,properties.plan"


def _lines(text: str, start: Position = Position()) -> Iterator[Line]:  # noqa: B008 - it is constant
    return read_lines([text.encode()], start)


def _ndjson(text: str) -> list[Row]:
    return list(ndjson_rows(_lines(text)))


def _csv(text: str) -> list[Row]:
    lines = _lines(text)
    header = read_header(lines)
    assert header is not None
    return list(csv_rows(lines, header.names))


def _events(text: str) -> list[Any]:
    return [row.event for row in _csv(text)]


def _sentence(error: ApiError | None) -> str:
    assert error is not None
    return str(_faults(error)[0]["message"])


def _faults(error: ApiError) -> list[dict[str, str]]:
    details: Any = error.details
    return list(details["fields"])


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("incoming/a.csv", True),
        ("incoming/a.CSV.gz", True),
        ("incoming/a.ndjson", False),
        ("incoming/a.jsonl.gz", False),
        ("incoming/a.json", False),
        ("incoming/a.csv/b", False),
        ("incoming/csv", False),
    ],
)
def test_csv_is_known_by_its_name(key: str, expected: object) -> None:
    assert is_csv(key) is expected


def test_a_line_of_ndjson_is_an_event_or_says_what_to_do() -> None:
    rows = _ndjson('{"a": 1}\n\n{"a": 1, "a": 2}\r\n  \n{"a": NaN}\nnull\n{"a"\n' + "[" * 30_000)

    assert [row.line for row in rows] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row.text for row in rows][:7] == ['{"a": 1}', "", '{"a": 1, "a": 2}', "", '{"a": NaN}', "null", '{"a"']
    assert rows[0].event == {"a": 1}
    assert rows[5].event is None
    assert [_sentence(rows[place].error) for place in (2, 4, 6, 7)] == [
        "An object must not repeat a name.",
        "NaN and Infinity are not valid JSON; send a number or null.",
        "The body must be valid JSON.",
        "The JSON is nested too deeply; use fewer levels.",
    ]


def test_a_bad_line_is_a_bad_row() -> None:
    [row] = ndjson_rows(read_lines([b"\xff\n"], Position()))

    assert _sentence(row.error) == "The line must be UTF-8."


def test_cells_are_text_and_an_empty_one_is_no_field() -> None:
    assert _events(f"{_HEADER}\nadmx_1,custom,007,,1\nadmx_1,custom,,,\n") == [
        {"website_id": "admx_1", "name": "custom", "goal_name": "007", "properties": {"plan": "1"}},
        {"website_id": "admx_1", "name": "custom"},
    ]


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("amount", "99", 99),
        ("amount", "99.00", 99.0),
        ("amount", "-0.5", -0.5),
        ("amount", "999999999.9999", 999999999.9999),
        ("amount", "1e3", "1e3"),
        ("amount", "12345678901.5", "12345678901.5"),
        ("amount", "0.00001", "0.00001"),
        ("amount", "$5", "$5"),
        ("value", "007", "007"),
        ("value", "-3.25", -3.25),
        ("value", "٣", "٣"),
        ("quantity", "3", 3),
        ("quantity", "3.0", "3.0"),
        ("quantity", "9" * 5000, "9" * 5000),
        ("timestamp", "1772600770123", 1772600770123),
        ("timestamp", "2026-03-04T05:06:10Z", "2026-03-04T05:06:10Z"),
        ("refund", "true", True),
        ("refund", "FALSE", False),
        ("refund", "1", "1"),
        ("transaction_id", "12", "12"),
        ("title", "true", "true"),
    ],
)
def test_a_cell_is_a_number_or_a_truth_only_where_the_field_is(column: str, cell: str, expected: object) -> None:
    [event] = _events(f"website_id,name,{column}\nadmx_1,payment,{cell}\n")

    assert event[column] == expected
    assert type(event[column]) is type(expected)


def test_every_kind_of_event_can_be_written_as_csv(frozen: object) -> None:
    rows = _events(
        "website_id,name,path,visitor_id,goal_name,value,amount,currency,refund,quantity,timestamp,external_id,traits.plan\n"
        "admx_0123456789,pageview,/a,v,,,,,,,1772600770000,,\n"
        "admx_0123456789,custom,,v,signup,-2.5,,EUR,,,2026-03-04T05:06:10Z,,\n"
        "admx_0123456789,payment,,v,,,9.99,USD,true,2,,,\n"
        "admx_0123456789,identify,,v,,,,,,,,jane,pro\n"
    )

    read = [read_event_or_identify(event) for event in rows]
    assert [type(event) for event in read] == [Pageview, Custom, Payment, Identify]


def test_cells_are_quoted_as_rfc_4180_has_it() -> None:
    rows = _csv(f'{_HEADER}\r\nadmx_1,custom,"a,""b""",1,"two\r\nlines"\r\nadmx_1,custom,c,2,\r\n')

    assert [row.line for row in rows] == [2, 4]
    assert rows[0].event["goal_name"] == 'a,"b"'
    assert rows[0].event["properties"] == {"plan": "two\nlines"}
    assert rows[0].text == 'admx_1,custom,"a,""b""",1,"two\nlines"'
    assert rows[1].end == Position(
        4, len(f'{_HEADER}\r\nadmx_1,custom,"a,""b""",1,"two\r\nlines"\r\nadmx_1,custom,c,2,\r\n')
    )


def test_a_row_with_more_or_fewer_cells_than_the_header_is_bad() -> None:
    assert [_sentence(row.error) for row in _csv(f"{_HEADER}\na,b\na,b,c,d,e,f\n")] == [
        "The row must have as many cells as the header has columns: 5."
    ] * 2


def test_lines_between_two_open_quotes_are_refused_with_a_hint() -> None:
    """They look like one cell, and are not read as rows: a cell of a correct file may hold the text of a row."""
    [row] = _csv(f'{_HEADER}\nadmx_1,custom,"a,1,\nadmx_1,custom,c,2,\nadmx_1,custom,a",1,,,\n')

    assert (row.line, row.end.line) == (2, 4)
    assert _sentence(row.error).endswith("It spans 3 lines, so a closing quote may be missing.")


def test_a_row_that_is_no_csv_is_bad_and_the_next_is_read() -> None:
    bad, good = _csv(f'{_HEADER}\nadmx_1,custom,"a"b,1,\nadmx_1,custom,c,2,\n')

    assert "RFC 4180" in _sentence(bad.error)
    assert bad.text == 'admx_1,custom,"a"b,1,'
    assert good.event["goal_name"] == "c"


@pytest.mark.parametrize("rows_after", [0, 1, 40, 5000])
@pytest.mark.parametrize("quote", ['"a', 'x,"', '"a ""quote""'])
def test_a_quote_that_is_never_closed_costs_its_line_alone(quote: str, rows_after: int) -> None:
    good, unclosed = "admx_1,custom,c,2,\n", f"admx_1,custom,{quote},1,"

    before, bad, *rest = _csv(f"{_HEADER}\n{good}{unclosed}\n{good * rows_after}")

    assert before.event is not None
    assert (bad.line, bad.text, bad.end.line) == (3, unclosed, 3)
    assert len(_sentence(bad.error)) > 20
    assert [row.line for row in rest] == [*range(4, 4 + rows_after)]
    assert all(row.event["goal_name"] == "c" for row in rest)


def test_a_quote_that_another_one_seems_to_close_costs_its_line_alone() -> None:
    good = 'admx_1,custom,"c, quoted",2,\n'

    bad, *rest = _csv(f'{_HEADER}\nadmx_1,custom,"a,1,\nadmx_1,custom,c,2,\n{good}')

    assert "must be closed" in _sentence(bad.error)
    assert [(row.line, row.error) for row in rest] == [(3, None), (4, None)]


def test_a_bad_line_within_quotes_is_bad_by_itself() -> None:
    content = f'{_HEADER}\nadmx_1,custom,"a\n'.encode() + b"\xff\nadmx_1,custom,c,2,\n"
    lines = read_lines([content], Position())
    header = read_header(lines)
    assert header is not None

    unclosed, bad, good = csv_rows(lines, header.names)

    assert "must be closed" in _sentence(unclosed.error)
    assert _sentence(bad.error) == "The line must be UTF-8."
    assert [(row.line, row.end.line) for row in (unclosed, bad)] == [(2, 2), (3, 3)]
    assert good.event["goal_name"] == "c"


def test_numbers_in_other_digits_or_with_separators_stay_text_and_are_refused() -> None:
    for column in ("amount", "value", "quantity", "timestamp"):
        name = "custom" if column == "value" else "payment"
        for cell in ("1_000", "\uff11\uff12", "\u0663", "1 000", "0x10", "\uff11.5", "1e3_0"):
            [event] = _events(f"website_id,name,{column}\nadmx_0123456789,{name},{cell}\n")
            assert event[column] == cell
            with pytest.raises(ApiError) as caught:
                read_event_or_identify(event)
            assert column in [fault["path"] for fault in _faults(caught.value)], (column, cell)


def test_blank_lines_are_no_rows() -> None:
    rows = _csv(f"\n \n{_HEADER}\n\n  \nadmx_1,custom,c,2,\n\n")

    assert [(row.line, bool(row.text)) for row in rows] == [(4, False), (5, False), (6, True), (7, False)]


def test_reading_goes_on_behind_any_row_when_the_header_is_known() -> None:
    text = f'{_HEADER}\nadmx_1,custom,"a\n\nb",1,\n\nadmx_1,"custom,c,2,\nadmx_1,custom,d,3,\nadmx_1,custom,e,3,\n'
    lines = _lines(text)
    header = read_header(lines)
    assert header is not None
    whole = list(csv_rows(lines, header.names))

    for position, row in enumerate(whole):
        rest = csv_rows(_lines(text[row.end.offset :], row.end), header.names)
        assert [(*row[:4], row.error is None) for row in rest] == [
            (*row[:4], row.error is None) for row in whole[position + 1 :]
        ]


@given(
    cells=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20), min_size=5, max_size=5
    ).filter(lambda cells: any(cell.strip() for cell in cells))
)
def test_what_a_csv_writer_writes_is_read(cells: list[str]) -> None:
    written = io.StringIO()
    csv.writer(written).writerow(cells)

    [event] = _events(f"website_id,name,goal_name,title,properties.p\n{written.getvalue()}")

    names = ["website_id", "name", "goal_name", "title"]
    expected = {name: cell for name, cell in zip(names, cells[:4], strict=True) if cell}
    assert event == (expected | {"properties": {"p": cells[4]}} if cells[4] else expected)


@pytest.mark.parametrize(
    ("header", "paths"),
    [
        ("website_id,name,colour", ["column 3"]),
        ("website_id,name,", ["column 3"]),
        ("website_id,name,properties.", ["column 3"]),
        ("website_id,name,properties", ["column 3"]),
        ("website_id,name,other.plan", ["column 3"]),
        ("website_id,name,title,title,properties.a, properties.a", ["column 4", "column 6"]),
        ("title,colour", ["column 2", "website_id", "name"]),
        ("website_id;name;title", ["header"]),
        (",".join(["website_id", "name", *(f"properties.p{number}" for number in range(199))]), ["header"]),
        ('website_id,"name', ["body"]),
    ],
)
def test_a_header_that_cannot_be_names_each_fault_and_no_value(header: str, paths: list[str]) -> None:
    with pytest.raises(HeaderError) as caught:
        read_header(_lines(f"{header}\na,b,c\n"))

    faults = _faults(caught.value.error)
    assert [fault["path"] for fault in faults] == paths
    assert "colour" not in json.dumps(faults)
    assert caught.value.row.line == 1


def test_a_header_may_have_spaces_around_its_names_and_a_byte_order_mark_before() -> None:
    header = read_header(_lines("\ufeffwebsite_id , name\n"))

    assert header is not None
    assert header.names == ("website_id", "name")


@pytest.mark.parametrize("text", ["", "\n\n  \n"])
def test_a_file_without_a_line_has_no_header(text: str) -> None:
    assert read_header(_lines(text)) is None


def _portions(text: str, rows_max: int, bytes_max: int) -> list[Portion]:
    return list(portions(ndjson_rows(_lines(text)), Position(), rows_max=lambda: rows_max, bytes_max=bytes_max))


def test_a_portion_has_at_most_so_many_rows() -> None:
    found = _portions("1\n2\n\n3\n4\n5\n", 2, 1000)

    assert [[row.event for row in portion.rows] for portion in found] == [[1, 2], [3, 4], [5]]
    assert [portion.end for portion in found] == [Position(2, 4), Position(5, 9), Position(6, 11)]


def test_a_portion_ends_where_its_bytes_do_even_if_they_are_blank() -> None:
    found = _portions("\n" * 10 + "1", 2, 4)

    assert [(len(portion.rows), portion.end) for portion in found] == [
        (0, Position(4, 4)),
        (0, Position(8, 8)),
        (1, Position(11, 11)),
    ]


def test_rows_before_the_damage_are_a_portion() -> None:
    def damaged() -> Iterator[Row]:
        yield from ndjson_rows(_lines("1\n2\n"))
        raise DamagedFileError("damaged")

    found: list[Portion] = []
    with pytest.raises(DamagedFileError):
        found.extend(portions(damaged(), Position(), rows_max=lambda: 5, bytes_max=1000))

    assert [[row.event for row in portion.rows] for portion in found] == [[1, 2]]
