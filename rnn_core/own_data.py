"""A person's own data: from the bytes of a file, or what was pasted, to the text that a task's `own` reads.

A text is decoded. Of a table, one column becomes numbers, one a line. Either way the same data give the same text, so
that its SHA-256 names them.
"""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import StringIO
from itertools import islice
from typing import NamedTuple
from unicodedata import normalize

import numpy as np

from rnn_core.experiment import OWN_COLUMNS, OWN_ROWS, OWN_TABLE, OWN_TEXT
from rnn_core.invalid import Invalid
from rnn_core.readers import clean, numbers

BINARY = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")  # control characters that no text has
DELIMITERS = (";", "\t", ",", " ")  # where several would do, the first; " ": any blanks
SAMPLE = 100  # rows by which delimiter and column are guessed
GAPS = ("", "nan", "na", "n/a", "#n/a", "null", "-", "–", "—")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.I)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
NAME = 30  # letters of a column's name
NAMED = 5  # rows that are told by number
QUOTED = 100  # letters of a cell that is quoted
csv.field_size_limit(OWN_TABLE)  # numbers all in one line, say


def text_of(data: bytes, most: int = OWN_TEXT) -> str:
    """What a text file says: in UTF-8, in UTF-16 with its mark, or in GB 18030, which older Chinese files are in.

    Lines end in "\\n", whatever wrote the file. Raises Invalid: more than `most` bytes, empty, or not a text.
    """
    if len(data) > most:
        raise Invalid("file-too-large", "data", math.ceil(len(data) / 2**20 * 10) / 10, most >> 20)
    found = _decoded(data)
    if BINARY.search(found):
        raise Invalid("not-text", "data")
    if not found.strip():
        raise Invalid("empty-file", "data")
    return found.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            found = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or _is_chinese(found):
            return found
    raise Invalid("not-text", "data")


def _is_chinese(found: str) -> bool:
    """Is one in four of the wide characters, at least, of the usual ones? Of Latin-1 read so hardly any is."""
    wide = [ch for ch in found if not ch.isascii()]
    return 4 * len("".join(wide).encode("gb2312", "ignore")) >= 2 * len(wide)


class Series(NamedTuple):
    """values: a column's numbers (N,). filled: rows that held none, and now what is on the line between their
    neighbours; dropped: such rows before the first number and after the last. Rows count from 1, as in a spreadsheet.
    """

    values: np.ndarray
    filled: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """One number a line, every bit of it."""
        return "\n".join(map(repr, self.values.tolist()))

    @property
    def notices(self) -> list[Invalid]:
        """What was done about rows without a number, for people."""
        out = []
        if self.filled:
            out.append(Invalid("gaps-filled", "data", _told(self.filled), len(self.filled)))
        if self.dropped:
            out.append(Invalid("gaps-dropped", "data", _told(self.dropped), len(self.dropped)))
        return out


def _told(rows: tuple[int, ...]) -> str:
    return ", ".join(map(str, rows[:NAMED])) + (", …" if len(rows) > NAMED else "")


@dataclass(frozen=True)
class Table:
    """Cells as they were written; a short row lacks its last cells, an empty one all.

    header: the first row that holds anything is names. delimiter: one of DELIMITERS, or "" for a single column.
    """

    rows: tuple[tuple[str, ...], ...]
    header: bool = False
    delimiter: str = ""

    @property
    def width(self) -> int:
        return max(map(len, self.rows))

    @property
    def top(self) -> int:
        """The first row that holds anything."""
        return next(k for k, row in enumerate(self.rows) if row)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns: as the header says, else A, B, C …, as in a spreadsheet."""
        said = self.rows[self.top] if self.header else ()
        named = [clean(cell[:QUOTED])[:NAME] for cell in said] + [""] * (self.width - len(said))
        return tuple(name or _letter(k) for k, name in enumerate(named))

    def cells(self, column: int) -> list[tuple[int, str]]:
        """What stands below the names, each with the number of its row."""
        first = self.top + self.header
        return [(k, row[column] if column < len(row) else "") for k, row in enumerate(self.rows[first:], first + 1)]

    def series(self, column: int) -> Series:
        """The column's numbers. Raises Invalid at the first cell that is neither number nor gap."""
        cells = self.cells(column)
        with_commas = [cell for _, cell in cells if DECIMAL_COMMA.fullmatch(cell)]
        commas = self.delimiter == ";" or not all(map(THOUSANDS.fullmatch, with_commas))  # 1,234 may be either
        values = np.full(len(cells), math.nan)
        for k, (row, cell) in enumerate(cells):
            if cell.lower() in GAPS:
                continue
            number = _number(cell, commas)
            if number is None:
                raise Invalid("cell", f"“{self.names[column]}”", clean(cell[:QUOTED]), row)
            if not math.isfinite(number):
                raise Invalid("not-finite", "data", clean(cell[:QUOTED]))
            values[k] = number
        (known,) = np.nonzero(~np.isnan(values))
        if not len(known):
            return Series(values[:0], (), tuple(row for row, _ in cells))
        inside = range(known[0], known[-1] + 1)
        filled = tuple(row for k, (row, _) in enumerate(cells) if k in inside and np.isnan(values[k]))
        dropped = tuple(row for k, (row, _) in enumerate(cells) if k not in inside)
        return Series(np.interp(inside, known, values[known]), filled, dropped)

    @property
    def likely(self) -> int:
        """The first column of numbers that do more than count, as years do; else the first of numbers. By its top."""
        above, counting = replace(self, rows=self.rows[: self.top + SAMPLE]), []
        for column in range(self.width):
            try:
                steps = np.diff(above.series(column).values)
            except Invalid:
                continue
            if len(steps) and steps.std() > 0.1 * abs(steps.mean()):
                return column
            counting.append(column)
        return counting[0] if counting else 0


def table_of(text: str) -> Table:
    """Columns parted by commas, semicolons, tabs or blanks; cells may be quoted. What is only numbers in lines of any
    length is one column. A first row without a number is taken for names.

    Raises Invalid: nothing there, too much, or a row with more cells than the first.
    """
    delimiter = _delimiter(text)
    rows = [[cell.strip() for cell in row] for row in islice(_rows(text, delimiter), OWN_ROWS + 1)]
    if len(rows) > OWN_ROWS:
        raise Invalid("too-many-rows", "data", len(rows), OWN_ROWS)
    rows = [row if any(row) else [] for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    filled = [row for row in rows if row]
    if not filled:
        raise Invalid("empty-file", "data")
    if not delimiter or len(filled) == 1 or len(set(map(len, filled))) > 1:
        if (listed := _listed(text, len(filled))) is not None:
            return listed
        rows = [row[: max((k for k, cell in enumerate(row, 1) if cell), default=0)] for row in rows]
        filled = [row for row in rows if row]
    width = len(filled[0])
    if width > OWN_COLUMNS:
        raise Invalid("too-many-columns", "data", width, OWN_COLUMNS)
    for k, row in enumerate(rows, 1):
        if len(row) > width:
            raise Invalid("ragged", "data", k, width)
    header = not any(cell.lower() in GAPS or _number(cell) is not None for cell in filled[0] if cell)
    return Table(tuple(map(tuple, rows)), header, delimiter)


def _rows(text: str, delimiter: str) -> Iterable[list[str]]:
    if delimiter == " ":
        return (line.split() for line in StringIO(text))
    return csv.reader(StringIO(text, newline=""), delimiter=delimiter or "\x1f", skipinitialspace=True)


def _delimiter(text: str) -> str:
    """By which most rows have as many cells as the first, and that several; "": there is none."""
    alike = {}
    for delimiter in DELIMITERS:
        widths = [len(row) for row in islice(_rows(text, delimiter), SAMPLE) if any(row)]
        count = widths.count(widths[0]) if widths and widths[0] > 1 else 0
        if 2 * count > len(widths):
            alike[delimiter] = count
    return max(alike, key=lambda each: alike[each], default="")


def _listed(text: str, rows: int) -> Table | None:
    """Numbers one after the other, or None. Raises Invalid where one of them is out of bounds."""
    lines = [line.strip() for line in text.rstrip().split("\n")]
    if rows > 1 and all(_number(line) is not None for line in lines if line):  # some with a decimal comma
        return Table(tuple((line,) if line else () for line in lines))
    if sum(1 for _ in islice(re.finditer(r"[^\s,;]+", text), OWN_ROWS + 1)) > OWN_ROWS:
        raise Invalid("too-many-rows", "data", OWN_ROWS + 1, OWN_ROWS)
    try:
        found = numbers(text)
    except Invalid as problem:
        if rows > 1 and problem.code == "not-numbers":
            return None
        raise
    if not found:
        raise Invalid("empty-file", "data")
    return Table(tuple((number,) for number in found))


def _number(cell: str, commas: bool = True) -> float | None:
    """None where it is none; `commas`: 3,5 is 3.5."""
    cell = normalize("NFKC", cell).replace("−", "-")
    if commas and DECIMAL_COMMA.fullmatch(cell):
        cell = cell.replace(",", ".")
    try:
        return float(cell.replace("_", "?"))  # Python's own 1_000 is nobody else's
    except ValueError:
        return None


def _letter(k: int) -> str:
    return (_letter(k // 26 - 1) if k >= 26 else "") + chr(ord("A") + k % 26)
