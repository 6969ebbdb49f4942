from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from console_client import Console
from hashes import quick_hashes


@pytest.fixture(scope="module", autouse=True)
def hashes() -> Iterator[None]:
    with quick_hashes():
        yield


@pytest.fixture
async def console(on_a_port: None, tmp_path: Path) -> AsyncIterator[Console]:
    running = Console(tmp_path)
    await running.open()
    yield running
    await running.close()
