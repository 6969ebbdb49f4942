"""Tampers with the audit log in ways that only somebody with access to the database file can."""

from typing import Any

from bot.store.database import Database


def tamper(database: Database, *statements: str) -> None:
    """Run statements that the database would normally refuse, after dropping the triggers that refuse them."""

    def work(connection: Any) -> None:
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_no_{verb}")
        for statement in statements:
            connection.exec_driver_sql(statement)

    database.write_now(work)
