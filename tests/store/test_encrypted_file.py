"""An encrypted file reads back as it was written, and any change to it is detected."""

import io
import os

import pytest

from bot.store import encrypted_file
from bot.store.encrypted_file import CHUNK, EncryptedFileError, EncryptedReader, EncryptedWriter

KEY = b"k" * 32
HEAD = 36


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file, "_COST", 2)


def sealed(content: bytes) -> bytes:
    file = io.BytesIO()
    with EncryptedWriter(file, KEY) as writer:
        writer.write(content)
    return file.getvalue()


def opened(file: bytes, key: bytes = KEY) -> bytes:
    return io.BufferedReader(EncryptedReader(io.BytesIO(file), key)).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_content_is_read_back_as_written(size: int) -> None:
    content = os.urandom(size)
    assert opened(sealed(content)) == content


def test_the_file_contains_nothing_readable() -> None:
    assert b"pictures" not in sealed(b"he wants pictures")


def test_the_same_content_is_encrypted_differently_each_time() -> None:
    assert sealed(b"hello")[HEAD:] != sealed(b"hello")[HEAD:]


def test_another_key_cannot_open_the_file() -> None:
    with pytest.raises(EncryptedFileError, match="passphrase or key is wrong"):
        opened(sealed(b"hello"), b"x" * 32)


@pytest.mark.parametrize("place", [20, HEAD, HEAD + CHUNK + 16, -1])
def test_a_changed_byte_is_detected(place: int) -> None:
    file = bytearray(sealed(bytes(2 * CHUNK)))
    file[place] ^= 1
    with pytest.raises(EncryptedFileError):
        opened(bytes(file))


@pytest.mark.parametrize("size", [0, 10, HEAD, HEAD + 16, HEAD + CHUNK + 16, HEAD + CHUNK + 17])
def test_a_truncated_file_is_detected(size: int) -> None:
    with pytest.raises(EncryptedFileError):
        opened(sealed(bytes(2 * CHUNK))[:size])


def test_swapped_chunks_are_detected() -> None:
    file, size = sealed(os.urandom(3 * CHUNK)), CHUNK + 16
    first, second = file[HEAD : HEAD + size], file[HEAD + size : HEAD + 2 * size]
    with pytest.raises(EncryptedFileError):
        opened(file[:HEAD] + second + first + file[HEAD + 2 * size :])


def test_a_different_kind_of_file_is_refused() -> None:
    with pytest.raises(EncryptedFileError, match="not a backup"):
        opened(b"SQLite format 3\0" + bytes(5000))
