from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Machine
from hashes import quick_hashes


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    running = Machine(tmp_path)
    with quick_hashes():
        yield running
    running.database.close()
