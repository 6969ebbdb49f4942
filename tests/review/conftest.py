from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from staffed import Console


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    running = Console(tmp_path)
    await running.open()
    yield running
    await running.close()
