"""From the bytes of a file to a text or a series, or to one Invalid that says what is wrong."""

from __future__ import annotations

import csv
import math
import struct
import time
import zlib
from dataclasses import replace
from io import StringIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid
from rnn_core.experiment import OWN_COLUMNS, OWN_ROWS, OWN_TABLE, OWN_TEXT, fingerprint, own_task
from rnn_core.own_data import GAPS, Series, Table, table_of, text_of
from rnn_core.tasks import forecast
from rnn_core.words import sentence

CHINESE = "学而时习之，不亦说乎？有朋自远方来，不亦乐乎？"
TRADITIONAL = "學而時習之，不亦說乎？有朋自遠方來，不亦樂乎？人不知而不慍，不亦君子乎？"
GERMAN = "Größe für Mädchen über alle Bäche, schön und heiß wie Tränen"


def refusal(given: bytes | str) -> Invalid:
    """The Invalid; any other exception is a failure."""
    with pytest.raises(Invalid) as caught:
        text_of(given) if isinstance(given, bytes) else series_of(given)
    return caught.value


def series_of(text: str, column: int | None = None) -> Series:
    table = table_of(text)
    return table.series(table.likely if column is None else column)


def values_of(text: str, column: int | None = None) -> list[float]:
    return series_of(text, column).values.tolist()


# ---- Encodings


@pytest.mark.parametrize("text", ["café, naïve", CHINESE, TRADITIONAL, "👩‍👩‍👧 नमस्ते", "1,5\n2"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_every_usual_encoding_is_read(text: str, encoding: str) -> None:
    """The same text from each, so one text has one name. (GB 18030 needs some Chinese to be told from Latin-1.)"""
    if encoding != "gb18030" or text in (CHINESE, TRADITIONAL) or text.isascii():
        assert text_of(text.encode(encoding)) == text


def test_big_endian_utf_16_is_read() -> None:
    assert text_of(b"\xfe\xff" + CHINESE.encode("utf-16-be")) == CHINESE


@pytest.mark.parametrize("encoding", ["gbk", "gb2312"])
def test_older_chinese_encodings_are_read(encoding: str) -> None:
    """GB 18030 has both in it."""
    assert text_of(CHINESE.encode(encoding)) == CHINESE


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_text_has_one_name_whatever_ends_its_lines(end: str) -> None:
    assert text_of(f"one{end}two{end}".encode()) == "one\ntwo\n"


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")


NO_TEXTS = {
    "Latin-1 German": GERMAN.encode("latin-1"),
    "Latin-1 French": "Être ou ne pas être, là où l'été".encode("latin-1"),
    "Latin-1, one letter": "a naïve reader".encode("latin-1"),
    "cp1251": "Все счастливые семьи похожи друг на друга".encode("cp1251"),
    "UTF-16 without a mark": GERMAN.encode("utf-16-le"),
    "UTF-16 of odd length": b"\xff\xfea",
    "UTF-16, half a pair": b"\xff\xfe\x00\xd8a\x00",
    "UTF-32": GERMAN.encode("utf-32"),
    "NUL": b"one\0two",
    "control characters": b"one\x1btwo",
    "half a letter": "café".encode()[:-1],
    "PNG": png(),
    "zip, as a spreadsheet is": b"PK\x03\x04\x14\0\x06\0",
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nstream\nx\x9cK\xca\x02",
    "0xff": b"\xff",
}


@pytest.mark.parametrize("name", NO_TEXTS)
def test_what_is_no_text_is_refused(name: str) -> None:
    assert refusal(NO_TEXTS[name]).code == "not-text"


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert refusal(data).code == "empty-file"


def test_a_file_may_be_so_large_and_no_larger() -> None:
    """The sentence never says that 5 MB are more than 5."""
    assert len(text_of(b"a" * OWN_TEXT)) == OWN_TEXT
    assert len(text_of(b"a" * OWN_TABLE, OWN_TABLE)) == OWN_TABLE
    problem = refusal(b"a" * (OWN_TEXT + 1))
    assert (problem.code, problem.value, problem.bound) == ("file-too-large", 1.1, 1)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """And what is read can be named and written again."""
    try:
        text = text_of(data)
    except Invalid:
        return
    assert fingerprint(text).startswith("sha256:")
    assert text_of(text.encode()) == text
    assert "\r" not in text


# ---- Tables

TABLES: dict[str, tuple[str, list[float]]] = {
    "a list": ("1\n2.5\n-3e2\n", [1, 2.5, -300]),
    "a list in one line": ("1, 2.5; -3e2 4", [1, 2.5, -300, 4]),
    "a wrapped list": ("1, 2, 3,\n4, 5, 6,\n7", [1, 2, 3, 4, 5, 6, 7]),
    "a list in brackets": ("[1, 2,\n 3]", [1, 2, 3]),
    "a named list": ("price\n1\n2.5", [1, 2.5]),
    "no names": ("5,x\n6.5,y", [5, 6.5]),
    "dates and no names": ("2020-01-01,5\n2020-01-02,6.5", [5, 6.5]),
    "years first": ("year,value\n2001,5\n2002,8\n2003,1", [5, 8, 1]),
    "only years": ("year,name\n2001,a\n2002,b", [2001, 2002]),
    "semicolons": ("a;b\nx;1.5\ny;2", [1.5, 2]),
    "tabs": ("a\tb\nx\t1.5\ny\t2", [1.5, 2]),
    "blanks": ("year  value\n2001  1.5\n2002 4\n2003 4", [1.5, 4, 4]),
    "decimal commas": ("Jahr;Preis\n2001;1,5\n2002;-2,25\n2003;3", [1.5, -2.25, 3]),
    "decimal commas alone": ("Preis\n1,5\n2", [1.5, 2]),
    "decimal commas, no name": ("1,5\n2\n3,5", [1.5, 2, 3.5]),
    "decimal commas and tabs": ("a\tb\n1,5\tx\n2,125\ty", [1.5, 2.125]),
    "decimal commas in quotes": ('a,b\nx,"1,5"\ny,"2,25"', [1.5, 2.25]),
    "thousandths between semicolons": ("a;b\nx;1,234\ny;2,345", [1.234, 2.345]),
    "quotes": ('"a, or ""b""",c\n"1.5","x\ny"\n"2",z', [1.5, 2]),
    "blanks around": (" a , b \n x , 1 \n y , 3 ", [1, 3]),
    "full width": ("１２\n−３\n４．５", [12, -3, 4.5]),
    "empty lines around": ("\n\na,b\nx,1\ny,3\n\n\n", [1, 3]),
    "short rows": ("a,b\n1,x\n7\n3,z", [1, 7, 3]),
    "a last column that is empty": ("1,\n5,\n3,", [1, 5, 3]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_series_is_found(name: str) -> None:
    text, values = TABLES[name]
    series = series_of(text)
    np.testing.assert_array_equal(series.values, values)
    assert series.notices == []
    assert [float(line) for line in series.text.split("\n")] == values


NAMES: dict[str, tuple[str, bool, tuple[str, ...]]] = {
    "names": ("date,price\n2020-01-01,1", True, ("date", "price")),
    "none": ("2020-01-01,1\n2020-01-02,2", False, ("A", "B")),
    "one is missing": ("date,,x\n2020-01-01,1,2", True, ("date", "B", "x")),
    "in two lines": ('"unit\nprice",b\n1,2', True, ("unit price", "b")),
    "years as names": ("2001,2002\n1,2\n3,4", False, ("A", "B")),
    "over a gap": ("a,b\nNA,x", True, ("a", "b")),
    "a gap first": ("NA\n1\n2", False, ("A",)),
    "long": ("a" * 99 + "\n1", True, ("a" * 30,)),
    "many": (",".join("1" * 28) + "\n" + ",".join("2" * 28), False, (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB")),
}


@pytest.mark.parametrize("name", NAMES)
def test_columns_have_names(name: str) -> None:
    """The header's, cleaned, or letters as in a spreadsheet."""
    text, header, names = NAMES[name]
    table = table_of(text)
    assert (table.header, table.names) == (header, names)


def test_the_learner_knows_better_what_the_first_row_is() -> None:
    """A year that is a name; a name that is a value."""
    table = table_of("2001,2002\n1,2\n3,7")
    assert table.series(1).values.tolist() == [2002, 2, 7]
    named = replace(table, header=True)
    assert (named.names, named.series(1).values.tolist()) == (("2001", "2002"), [2, 7])


def told(series: Series) -> list[str]:
    return [sentence(notice) for notice in series.notices]


def test_gaps_are_filled_on_the_line_and_said() -> None:
    """Rows are counted as a spreadsheet does: empty ones, names, and lines within quotes included."""
    series = series_of('"the\nprice"\n10\n\n16\nNaN\nna\n-\n8\n')
    assert series.values.tolist() == [10, 13, 16, 14, 12, 10, 8]
    assert series.filled == (3, 5, 6, 7)
    assert told(series) == ["Without a number: 4 (row 3, 5, 6, 7); filled on the line between their neighbours."]


def test_gaps_at_the_ends_are_left_out_and_said() -> None:
    series = series_of("a,b\n,1\nNA,2\n7,3\n8,4\n,5\n", 0)
    assert series.values.tolist() == [7, 8]
    assert (series.filled, series.dropped) == ((), (2, 3, 6))
    (said,) = told(series)
    assert said == "Without a number, before the first or after the last: 3 (row 2, 3, 6); left out."


def test_only_the_first_gaps_are_told_by_number() -> None:
    series = series_of("a;b\n" + "1;x\n;x\n" * 20 + "1;x")
    assert told(series)[0].startswith("Without a number: 20 (row 3, 5, 7, 9, 11, …);")


def test_a_column_of_gaps_has_no_numbers() -> None:
    series = series_of("a,b\n,1\nNA,2", 0)
    assert (len(series.values), series.text, series.dropped) == (0, "", (2, 3))


REFUSED: dict[str, tuple[str, str]] = {
    "a word": ("price\n1\nn/a?\n", "Row 3 of “price” holds “n/a?”, which is not a number."),
    "a word without a name": ("1,5\n2,x\n3,y\n", ""),
    "a title above": ("Prices\ndate,price\n1,2", "Row 2 of “Prices” holds “date,price”, which is not a number."),
    "thousands": ("a,b\nx,“\n", "Row 2 of “a” holds “x”, which is not a number."),
    "one too many": ("a,b\n1,2\n1,2,3", "Row 3 has more cells than the first, which has 2."),
    "prose": ("To be, or not to be", "“To” is not a number. Separate numbers with commas or spaces, as in 3, -1.5, 4."),
    "infinity": ("a\n1\n-inf", "“-inf” is not a finite number."),
    "beyond the floats": ("1\n1e999", "“1e999” is not a finite number."),
    "no cell at all": (",,\n,", "There is nothing in it to learn from."),
    "brackets alone": ("[]", "There is nothing in it to learn from."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_series_is_refused_in_one_sentence(name: str) -> None:
    text, said = REFUSED[name]
    if said:
        assert sentence(refusal(text)) == said
    else:
        assert values_of(text, 0) == [1, 2, 3]


def test_a_cell_that_is_no_number_is_named_by_row_and_column() -> None:
    """Nothing else in the table is in the way."""
    table = table_of('date,"open, high"\n1/1,5\n\n1/3,"5 €"')
    with pytest.raises(Invalid) as caught:
        table.series(1)
    assert sentence(caught.value) == "Row 4 of “open, high” holds “5 €”, which is not a number."


@pytest.mark.parametrize("text", ['a,b\nx,"1,234"\ny,"2,345"', "a\tb\nx\t1,234\ny\t987", "a;b\nx;1.234,5"])
def test_thousands_are_not_taken_for_decimals(text: str) -> None:
    """Where a comma may be either, it is refused."""
    with pytest.raises(Invalid) as caught:
        table_of(text).series(1)
    assert caught.value.code == "cell"


@pytest.mark.parametrize("called", ["h", "text", "Length", "{value}", "<b>"])
def test_a_columns_name_is_said_as_it_is(called: str) -> None:
    """Not as the setting that happens to have the same name."""
    with pytest.raises(Invalid) as caught:
        table_of(f"{called}\nno").series(0)
    assert f"“{called}”" in sentence(caught.value, lambda text: {called: "translated"}.get(text, text))


def test_too_much_is_refused_quickly() -> None:
    """Rows, columns, and whatever else five megabytes can hold."""
    large = OWN_TABLE // 4
    texts = {
        "too-many-rows": ("1\n" * (OWN_ROWS + 1), "1 2 " * large, "\n" * large + "1", "a,\n" * large),
        "too-many-columns": ("a," * OWN_COLUMNS + "a\n" + "1," * OWN_COLUMNS + "1\n",),
        "not-numbers": ('"' + "a" * large, '"' * large, "é" * large),
        "not-finite": ("1" * large,),
    }
    start = time.perf_counter()
    for code, each in texts.items():
        assert {refusal(text).code for text in each} == {code}
    assert time.perf_counter() - start < 10


def test_a_large_table_is_read_quickly() -> None:
    text = "\n".join(",".join(f"{k}.{c}" for c in range(30)) for k in range(20_000))
    start = time.perf_counter()
    assert len(values_of(text)) == 20_000
    assert time.perf_counter() - start < 5


# ---- Against the csv module, and on to the task

NUMBERS = st.floats(-1e6, 1e6)


@given(
    st.lists(st.tuples(NUMBERS, st.text(max_size=10), NUMBERS), min_size=3, max_size=30),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_what_the_csv_module_writes_is_read(rows: list, delimiter: str, encoding: str, end: str, named: bool) -> None:
    """Any text in a column beside it, any encoding: every number to the last bit."""
    rows = [(a, "".join(ch for ch in b if ch.isprintable()), c) for a, b, c in rows]
    out = StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([("first", "text", "last")] * named + rows)
    table = table_of(text_of(out.getvalue().encode(encoding)))
    assert (table.header, table.width) == (named, 3)
    for column in (0, 2):
        series = table.series(column)
        assert series.values.tolist() == [row[column] for row in rows]
        assert [float(line) for line in series.text.split("\n")] == series.values.tolist()


@given(st.lists(st.none() | NUMBERS, min_size=2, max_size=40), st.sampled_from(GAPS[1:]), st.booleans())
def test_every_gap_is_filled_or_left_out(cells: list[float | None], gap: str, decimal_comma: bool) -> None:
    """On the straight line between its neighbours, found here one by one; rows told are those that hold none."""
    written = [gap if value is None else repr(value) for value in cells]
    if decimal_comma and not any("e" in each for each in written):
        written = [each.replace(".", ",") for each in written]
    series = table_of("x;y\n" + "".join(f"{each};z\n" for each in written)).series(0)
    known = [k for k, value in enumerate(cells) if value is not None]
    if not known:
        assert not len(series.values)
        return
    assert {*series.filled, *series.dropped} == {k + 2 for k, value in enumerate(cells) if value is None}
    for k, value in enumerate(series.values, known[0]):
        before, after = max(j for j in known if j <= k), min(j for j in known if j >= k)
        a, b = cells[before], cells[after]
        assert a is not None
        assert b is not None
        share = (k - before) / (after - before) if after > before else 0
        assert value == (a if a == b else pytest.approx(a + share * (b - a), rel=1e-9, abs=1e-6))


@given(st.text(st.sampled_from('0123456789.,;\t \n"-eNAx、[]'), max_size=200) | st.text(max_size=100))
def test_any_text_is_a_table_or_refused(text: str) -> None:
    """And each of its columns a series or refused; a series is numbers that the task reads as they are."""
    try:
        text = text_of(text.encode(errors="replace"))
        table = table_of(text)
    except Invalid as problem:
        sentence(problem)
        return
    assert 0 <= table.likely < table.width == len(table.names)
    for column in range(table.width):
        try:
            series = table.series(column)
        except Invalid as problem:
            sentence(problem)
            continue
        assert all(map(math.isfinite, series.values))
        assert series.text == "\n".join(repr(float(value)) for value in series.values)


CODES: list[tuple[str, Any]] = [
    ("too-few", range(forecast.SHORTEST - 1)),
    ("too-many", range(forecast.LONGEST + 1)),
    ("constant", [3.5] * 60),
    ("too-large", [*range(60), 1e7]),
]


@pytest.mark.parametrize(("code", "values"), CODES)
def test_what_cannot_be_learnt_from_the_task_refuses(code: str, values: Any) -> None:
    """With the codes that a list typed by hand gets."""
    with pytest.raises(Invalid) as caught:
        own_task("forecast", series_of("x\n" + "\n".join(map(str, values))).text)
    assert caught.value.code == code


def test_a_column_is_learnt_as_its_numbers_alone_would_be() -> None:
    """The same name, and the same task."""
    values = [math.sin(k / 3) + k / 100 for k in range(100)]
    alone = series_of("\n".join(map(repr, values))).text
    beside = series_of("day,value\n" + "\n".join(f"{k},{value!r}" for k, value in enumerate(values))).text
    assert fingerprint(alone) == fingerprint(beside)
    np.testing.assert_array_equal(own_task("forecast", beside).exam(5).x, forecast.own(alone).exam(5).x)


def test_a_text_is_bound_once() -> None:
    """A long one takes seconds; a page asks for it at every turn."""
    text = "the cat sat on the mat. " * 20
    assert own_task("next-char", text) is own_task("next-char", text)
    with pytest.raises(Invalid, match="no-own-data"):
        own_task("parity", text)


def test_a_table_knows_its_rows() -> None:
    table = Table((("a", "b"), (), ("1",), ("2", "x")), header=True)
    assert table.cells(1) == [(2, ""), (3, ""), (4, "x")]
