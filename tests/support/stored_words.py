"""Reads the encrypted words in a server's database, as anybody with its key file could."""

import json
from pathlib import Path
from typing import Any, Dict, List

from bot.store import ciphers
from bot.store.engine import open_engine
from bot.store.schema import turns
from bot.store.sealing import SEALED, opened


def rows_with_words(data_dir: Path) -> Dict[str, List[Dict[str, Any]]]:
    """Return the decrypted rows of every encrypted table, by the table's name."""
    engine = open_engine(f"sqlite:///{data_dir}/streetwise.db")
    try:
        with engine.connect() as connection:
            return {
                table.name: [
                    opened(ciphers.of_row(connection, table, row._mapping), table, row._mapping)
                    for row in connection.execute(table.select().order_by(*table.primary_key))
                ]
                for table in SEALED
            }
    finally:
        engine.dispose()


def texts(data_dir: Path) -> List[str]:
    """Return the messages in the review log, in each conversation's order."""
    return [row["text"] for row in rows_with_words(data_dir)[turns.name] if row["text"]]


def everything(data_dir: Path) -> bytes:
    """Return all words in the database, decrypted."""
    return json.dumps(rows_with_words(data_dir), ensure_ascii=False).encode()
