"""Lines of a file that leaves the console, as CSV or JSON lines. Pure."""

import csv
import io
import json
from typing import Any, Callable, Dict, Iterable, NamedTuple, Sequence

Line = Dict[str, Any]

#: A spreadsheet takes a cell that begins like this for a formula, also in the wide forms of East Asian keyboards.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Format(NamedTuple):
    """How lines are written. `head` is written once, whatever comes after."""

    content_type: str
    head: Callable[[Sequence[str]], str]
    body: Callable[[Iterable[Line]], str]


def _csv_head(columns: Sequence[str]) -> str:
    # Without a byte order mark Excel reads the file in the character set of its computer, and every curly quote and
    # accent in it turns into two or three others. What else reads CSV passes over the mark.
    return "\ufeff" + _rows([columns])


def _csv_body(lines: Iterable[Line]) -> str:
    return _rows([[_cell(value) for value in line.values()] for line in lines])


def _rows(rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _cell(value: Any) -> Any:
    """A value as a spreadsheet shows it, and never as one computes it."""
    if isinstance(value, (list, tuple)):
        value = " ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _json_body(lines: Iterable[Line]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


#: By the name that an address has for it.
FORMATS = {
    "csv": Format("text/csv; charset=utf-8", _csv_head, _csv_body),
    "jsonl": Format("application/x-ndjson; charset=utf-8", lambda columns: "", _json_body),
}
