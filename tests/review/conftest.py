from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from staffed import Console

from bot.review import passwords


@pytest.fixture(scope="module", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords that are hashed in a millisecond. tests/commands/test_staffing.py holds what the real hashes cost."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_NOBODYS", quick.hash("nobody's password"))
        yield


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    running = Console(tmp_path)
    await running.open()
    yield running
    await running.close()
