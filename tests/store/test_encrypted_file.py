"""An encrypted file gives back what was written, and notices every change."""

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
def test_what_was_written_is_read(size: int) -> None:
    content = os.urandom(size)
    assert opened(sealed(content)) == content


def test_nothing_readable_is_in_the_file() -> None:
    assert b"pictures" not in sealed(b"he wants pictures")


def test_the_same_content_looks_different_each_time() -> None:
    assert sealed(b"hello")[HEAD:] != sealed(b"hello")[HEAD:]


def test_another_key_opens_nothing() -> None:
    with pytest.raises(EncryptedFileError, match="passphrase or key is wrong"):
        opened(sealed(b"hello"), b"x" * 32)


@pytest.mark.parametrize("place", [20, HEAD, HEAD + CHUNK + 16, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    file = bytearray(sealed(bytes(2 * CHUNK)))
    file[place] ^= 1
    with pytest.raises(EncryptedFileError):
        opened(bytes(file))


@pytest.mark.parametrize("size", [0, 10, HEAD, HEAD + 16, HEAD + CHUNK + 16, HEAD + CHUNK + 17])
def test_a_file_that_was_cut_off_is_noticed(size: int) -> None:
    with pytest.raises(EncryptedFileError):
        opened(sealed(bytes(2 * CHUNK))[:size])


def test_swapped_chunks_are_noticed() -> None:
    file, size = sealed(os.urandom(3 * CHUNK)), CHUNK + 16
    first, second = file[HEAD : HEAD + size], file[HEAD + size : HEAD + 2 * size]
    with pytest.raises(EncryptedFileError):
        opened(file[:HEAD] + second + first + file[HEAD + 2 * size :])


def test_another_file_is_not_taken_for_one_of_ours() -> None:
    with pytest.raises(EncryptedFileError, match="not a backup"):
        opened(b"SQLite format 3\0" + bytes(5000))
