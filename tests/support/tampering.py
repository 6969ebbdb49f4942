"""What somebody can do to the audit log who has the database's file."""

from typing import Any

from bot.store.database import Database


def tamper(database: Database, *statements: str) -> None:
    """Run statements that the database refuses otherwise: take the refusal away first."""

    def work(connection: Any) -> None:
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_no_{verb}")
        for statement in statements:
            connection.exec_driver_sql(statement)

    database.write_now(work)
