"""Encrypts the words in the database. Each conversation has its own key, which is destroyed with the conversation.

This module has no state and opens no files; `bot.store.keys` holds the keys. `SEALED` lists the encrypted columns,
which are written only through `sealed` and read only through `opened`. See docs/decisions/0029.
"""

import base64
import os
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.store.schema import conversations, decisions, notes, shown_turns, turns

KEY_BYTES, _NONCE_BYTES = 32, 12


class SealError(Exception):
    """A value was encrypted with a different key, or for a different row or column."""


class SealedTable(NamedTuple):
    """A table's encrypted columns, and the columns that tie a value to its row, which never change."""

    columns: Tuple[str, ...]
    row: Tuple[str, ...]


#: Every table with encrypted words, in the order in which they are re-encrypted when a key changes.
SEALED: Dict[sa.Table, SealedTable] = {
    conversations: SealedTable(("state", "choices"), ("id",)),
    turns: SealedTable(("text", "removed", "replies", "shown", "learned"), ("conversation_id", "number")),
    shown_turns: SealedTable(("said", "messages"), ("conversation_id", "number")),
    notes: SealedTable(("text",), ("number", "staff_id", "at")),
    decisions: SealedTable(("note",), ("number", "staff_id", "version")),
}


class Cipher(NamedTuple):
    """A conversation's key.

    If `key_id` is None, the conversation was stored before words were encrypted, and its words are in plain text. If
    only `key` is None, the key was destroyed, so all of the conversation's words read as empty.
    """

    key_id: Optional[str]
    key: Optional[bytes]

    @property
    def is_gone(self) -> bool:
        """Whether the words can no longer be read."""
        return self.key_id is not None and self.key is None


#: The cipher of a conversation whose words are not encrypted.
PLAIN = Cipher(None, None)


def seal(key: bytes, where: str, text: str) -> str:
    """Encrypt `text` with AES-256-GCM and encode it in base 64. Decrypting it requires the same `where`."""
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), where.encode())).decode()


def unseal(key: bytes, where: str, sealed: str) -> str:
    """Decrypt a value that `seal` returned.

    Raises:
        SealError: the value was encrypted with a different key or `where`, or was changed.
    """
    try:
        whole = base64.b64decode(sealed, validate=True)
        return AESGCM(key).decrypt(whole[:_NONCE_BYTES], whole[_NONCE_BYTES:], where.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SealError(f"A value of {where.partition(' ')[0]} does not fit its key or its place.") from error


def sealed(cipher: Cipher, table: sa.Table, row: Mapping[str, Any]) -> Dict[str, Any]:
    """Return `row` with its words encrypted. `row` must have the columns that tie a value to its row.

    Raises:
        SealError: the key was destroyed.
    """
    if cipher.is_gone:
        raise SealError("The key was thrown away.")
    if cipher.key is None:
        return dict(row)
    return {**row, **{name: seal(cipher.key, where, text) for name, where, text in _cells(table, row)}}


def opened(cipher: Cipher, table: sa.Table, row: Mapping[str, Any]) -> Dict[str, Any]:
    """Return `row` with its words decrypted, or with empty words if the key was destroyed.

    Raises:
        SealError: a value was encrypted with a different key or for a different place, or was changed.
    """
    if cipher.key is None:
        return {**row, **({name: "" for name, _, _ in _cells(table, row)} if cipher.is_gone else {})}
    return {**row, **{name: unseal(cipher.key, where, text) for name, where, text in _cells(table, row)}}


def _cells(table: sa.Table, row: Mapping[str, Any]) -> Tuple[Tuple[str, str, str], ...]:
    """Return (column, place, value) for each value to encrypt or decrypt. Empty values are not encrypted."""
    described = SEALED[table]
    place = " ".join(str(row[name]) for name in described.row)
    return tuple((name, f"{table.name}.{name} {place}", row[name]) for name in described.columns if row.get(name))
