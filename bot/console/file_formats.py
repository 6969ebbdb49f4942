"""Formats exported lines as CSV or JSON lines. Pure."""

import csv
import io
import json
from typing import Callable, Iterable, Mapping, NamedTuple, Sequence

#: A line of a file. Maps each column to its value, in column order.
Line = Mapping[str, object]

#: Spreadsheets treat a cell that starts with one of these as a formula. East Asian keyboards type the full-width forms.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Format(NamedTuple):
    """A file format. `head` formats the header, if there is one, and `body` formats the lines of each piece."""

    content_type: str
    head: Callable[[Sequence[str]], str]
    body: Callable[[Iterable[Line]], str]


def _csv_head(columns: Sequence[str]) -> str:
    # Without a byte order mark, Excel assumes the computer's local character set and garbles curly quotes and accents.
    # Other programs that read CSV skip the mark.
    return "\ufeff" + _rows([columns])


def _csv_body(lines: Iterable[Line]) -> str:
    return _rows([[_cell(value) for value in line.values()] for line in lines])


def _rows(rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _cell(value: object) -> object:
    """Return a value that a spreadsheet shows as text and never runs as a formula."""
    if isinstance(value, (list, tuple)):
        value = " ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _json_body(lines: Iterable[Line]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


#: Maps each format's name, as used in queries, to the format.
FORMATS = {
    "csv": Format("text/csv; charset=utf-8", _csv_head, _csv_body),
    "jsonl": Format("application/x-ndjson; charset=utf-8", lambda columns: "", _json_body),
}
