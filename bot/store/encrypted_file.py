"""Encrypted files, written and read as streams, so that unencrypted content never touches the disk.

A file begins with a line that names its format, followed by a random salt. scrypt derives the file's key from the
passphrase or key and the salt. The content follows in chunks encrypted with AES-256-GCM. A chunk's nonce encodes its
number and whether it is the last, so reordered, missing or truncated chunks are detected.
"""

import io
import os
import struct
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_FORMAT: Final = b"streetwise backup 1\n"
_SALT, _TAG, CHUNK = 16, 16, 65_536
#: scrypt's cost: 64 MB and about a fifth of a second per guess.
_COST, _BLOCK = 2**16, 8


class EncryptedFileError(Exception):
    """A file cannot be decrypted. The message says why."""


class EncryptedWriter(io.RawIOBase):
    """Encrypts everything written to it. The file is complete only once the writer is closed."""

    def __init__(self, file: IO[bytes], secret: bytes) -> None:
        """Write the header. `file` stays open when the writer is closed."""
        self._file, salt = file, os.urandom(_SALT)
        self._head = _FORMAT + salt
        self._cipher, self._number, self._held = AESGCM(_key(secret, salt)), 0, bytearray()
        file.write(self._head)

    def writable(self) -> bool:
        """See the base class."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """See the base class."""
        self._held += data
        # The last chunk is marked as such, so hold one back until more data arrives.
        while len(self._held) > CHUNK:
            self._put(bytes(self._held[:CHUNK]), is_last=False)
            del self._held[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._put(bytes(self._held), is_last=True)
        super().close()

    def _put(self, chunk: bytes, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last), chunk, self._head))
        self._number += 1


class EncryptedReader(io.RawIOBase):
    """Decrypts a file, and returns only authenticated bytes."""

    def __init__(self, file: IO[bytes], secret: bytes) -> None:
        """Read the header.

        Raises:
            EncryptedFileError: the file is not in our format.
        """
        self._file, self._head = file, file.read(len(_FORMAT) + _SALT)
        if len(self._head) < len(_FORMAT) + _SALT or not self._head.startswith(_FORMAT):
            raise EncryptedFileError("it is not a backup that this version can read")
        self._cipher = AESGCM(_key(secret, self._head[len(_FORMAT) :]))
        self._number, self._next, self._plain = 0, file.read(CHUNK + _TAG), b""
        if not self._next:
            raise EncryptedFileError("the file is damaged")

    def readable(self) -> bool:
        """See the base class."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """See the base class.

        Raises:
            EncryptedFileError: the passphrase or key is wrong, or the file was changed or truncated.
        """
        if not self._plain and self._next:
            self._plain = self._take()
        taken = self._plain[: len(buffer)]
        buffer[: len(taken)] = taken
        self._plain = self._plain[len(taken) :]
        return len(taken)

    def _take(self) -> bytes:
        chunk, self._next = self._next, self._file.read(CHUNK + _TAG)
        nonce, self._number = _nonce(self._number, is_last=not self._next), self._number + 1
        try:
            return self._cipher.decrypt(nonce, chunk, self._head)
        except InvalidTag:
            is_first = self._number == 1
            reason = "the passphrase or key is wrong, or the file is damaged" if is_first else "the file is damaged"
            raise EncryptedFileError(reason) from None


def _key(secret: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=1).derive(secret)


def _nonce(number: int, is_last: bool) -> bytes:
    return struct.pack(">3xQB", number, is_last)
