"""What the parity tests share."""

from pathlib import Path

import pytest
from cortex_m7 import build


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine with every operator, compiled for the Cortex-M7."""
    return build(tmp_path_factory.mktemp("engine"))
