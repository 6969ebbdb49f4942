"""Dumps a whole database as lines of JSON and restores it. The format is the same for SQLite and PostgreSQL.

The first line gives the copy's time and migration step. Each table follows: one line for its columns, then one line per
row. The last line gives the number of rows in each table. An older copy is restored into the tables of its own
migration step, which are then migrated.
"""

import base64
import json
from contextlib import contextmanager
from typing import IO, Any, Dict, Iterable, Iterator, List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from bot.store.migrations import bring_to, current_step, knows, latest_step

FORMAT = 1
#: The number of rows inserted at once.
_BATCH = 1000
#: Alembic creates the first of these tables, and SQLite the second.
_NOT_COPIED = ("alembic_version", "sqlite_sequence")


class BackupError(Exception):
    """A copy cannot be read or restored. Nothing was changed."""


class Copied(NamedTuple):
    """A copy's time in seconds since 1970, its migration step, and its number of rows by table."""

    at: int
    step: str
    rows: Dict[str, int]


def copy(connection: Connection, out: IO[str], now: int) -> Copied:
    """Write all rows as the connection's transaction sees them. Other connections can keep writing meanwhile."""
    step = current_step(connection) or ""
    _put(out, {"streetwise": FORMAT, "at": now, "step": step})
    rows: Dict[str, int] = {}
    for table in _tables(connection):
        _put(out, {"table": table.name, "columns": [column.name for column in table.columns]})
        rows[table.name] = 0
        streamed = connection.execution_options(stream_results=True, max_row_buffer=_BATCH)
        for row in streamed.execute(sa.select(table)):
            _put(out, [_encoded(value) for value in row])
            rows[table.name] += 1
    _put(out, {"rows": rows, "sequences": _sequences(connection)})
    return Copied(now, step, rows)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Connect in a transaction that sees the database as it is now and does not block writers."""
    is_sqlite = engine.dialect.name == "sqlite"
    options = {} if is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if is_sqlite:
            connection.exec_driver_sql("BEGIN")
        yield connection


def read_head(lines: Iterator[str]) -> Copied:
    """Read a copy's first line. The result's `rows` is empty.

    Raises:
        BackupError: the file is from a later version of this program, or is not a copy.
    """
    head = _parsed(next(lines, ""))
    if not isinstance(head, dict) or head.get("streetwise") != FORMAT:
        raise BackupError("The backup is not in a form that this version can read.")
    if not knows(head["step"]):
        raise BackupError(
            f"The backup was made by a later version of this program (step {head['step']}, unknown here). Restore it "
            "with that version."
        )
    return Copied(head["at"], head["step"], {})


def check(lines: Iterator[str]) -> Copied:
    """Read a whole copy without restoring it.

    Raises:
        BackupError: the copy is damaged, incomplete or from a later version of this program.
    """
    head = read_head(lines)
    return head._replace(rows=_rows_of(lines, lambda table, columns, rows: None))


def put_back(connection: Connection, lines: Iterator[str]) -> Copied:
    """Create all tables in an empty database, insert a copy's rows, and migrate to the current version.

    Raises:
        BackupError: the copy is damaged, incomplete or from a later version of this program. The caller must roll back.
    """
    head = read_head(lines)
    bring_to(connection, head.step)
    tables = {table.name: table for table in _tables(connection)}
    for table in reversed(list(tables.values())):
        # Migrations may have inserted rows that are also in the copy.
        if connection.execute(sa.select(table).limit(1)).first() is not None:
            connection.execute(table.delete())

    def insert(name: str, columns: List[str], rows: List[List[Any]]) -> None:
        if name not in tables or {column.name for column in tables[name].columns} != set(columns):
            raise BackupError(f"The backup's table '{name}' does not fit step {head.step}.")
        try:
            connection.execute(tables[name].insert(), [dict(zip(columns, row, strict=True)) for row in rows])
        except IntegrityError:
            raise BackupError(f"Rows of the backup's table '{name}' do not fit the others.") from None

    sequences: Dict[str, int] = {}
    rows = _rows_of(lines, insert, sequences)
    _set_sequences(connection, sequences)
    bring_to(connection, latest_step())
    return head._replace(rows=rows)


def drop_all(connection: Connection) -> None:
    """Drop all tables of a PostgreSQL database and their trigger functions."""
    used = connection.exec_driver_sql(
        "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
    )
    functions = [str(name) for name in used.scalars()]
    _reflected(connection).drop_all(connection)
    for function in functions:
        connection.exec_driver_sql(f"DROP FUNCTION {function}")


def _rows_of(lines: Iterator[str], use: Any, sequences: Optional[Dict[str, int]] = None) -> Dict[str, int]:
    """Call `use` with each batch of rows as (table, columns, rows), and return the number of rows by table."""
    rows: Dict[str, int] = {}
    name, columns, batch = "", [], []  # type: str, List[str], List[List[Any]]
    for line in lines:
        parsed = _parsed(line)
        if isinstance(parsed, list):
            if len(parsed) != len(columns):
                raise BackupError(f"A row of the backup's table '{name}' is not whole.")
            batch.append([_decoded(value) for value in parsed])
            rows[name] += 1
            if len(batch) < _BATCH:
                continue
        if batch:
            use(name, columns, batch)
            batch = []
        if "table" in parsed:
            name, columns = parsed["table"], parsed["columns"]
            rows[name] = 0
        elif "rows" in parsed:
            if parsed["rows"] != rows:
                raise BackupError("The backup has fewer or more rows than it says.")
            if sequences is not None:
                sequences.update(parsed["sequences"])
            return rows
    raise BackupError("The backup ends too soon.")


def _put(out: IO[str], value: object) -> None:
    out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise BackupError("The backup is damaged.") from None


def _encoded(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, (bytes, memoryview)) else value


def _decoded(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def _reflected(connection: Connection) -> sa.MetaData:
    found = sa.MetaData()
    found.reflect(connection)
    return found


def _tables(connection: Connection) -> List[sa.Table]:
    """Return the tables to copy, each after the tables that it refers to."""
    return [table for table in _reflected(connection).sorted_tables if table.name not in _NOT_COPIED]


def _sequences(connection: Connection) -> Dict[str, int]:
    """Return the last auto-increment value of each table that has one, so that no value is reused."""
    if connection.dialect.name == "sqlite":
        if not _numbered_by_sqlite(connection):
            return {}
        return {row.name: row.seq for row in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}
    last = {}
    for table, _, sequence in _serials(connection):
        row = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()
        last[table] = int(row.last_value) if row.is_called else 0
    return last


def _set_sequences(connection: Connection, last: Dict[str, int]) -> None:
    if connection.dialect.name == "sqlite":
        numbered = _numbered_by_sqlite(connection)
        for name in numbered & set(last):
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last[name]))
        return
    for table, column, sequence in _serials(connection):
        greatest = connection.exec_driver_sql(f'SELECT coalesce(max("{column}"), 0) FROM "{table}"').scalar_one()
        value = max(int(greatest), last.get(table, 0))
        connection.execute(
            sa.text("SELECT setval(:sequence, :value, :is_called)"),
            {"sequence": sequence, "value": max(value, 1), "is_called": value > 0},
        )


def _numbered_by_sqlite(connection: Connection) -> "set[str]":
    rows = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
    )
    return set(rows.scalars())


def _serials(connection: Connection) -> "Iterable[tuple[str, str, str]]":
    """Return the table, column and sequence of each column that PostgreSQL numbers automatically."""
    found = connection.exec_driver_sql(
        "SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) "
        "FROM information_schema.columns WHERE table_schema = current_schema() AND column_default LIKE 'nextval%%'"
    )
    return [(str(table), str(column), str(sequence)) for table, column, sequence in found]
