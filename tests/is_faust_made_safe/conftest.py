"""A lab for each test: an app of its own on the shared Kafka. Its workers never outlive the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.is_faust_made_safe.lab import Lab


@pytest.fixture
async def lab(kafka: str, tmp_path: Path) -> AsyncIterator[Lab]:
    """An app with one partition, its topics created."""
    lab = Lab(kafka, tmp_path)
    await lab.create_topics()
    yield lab
    await lab.stop()


@pytest.fixture
async def two_partitions(kafka: str, tmp_path: Path) -> AsyncIterator[Lab]:
    """An app with two partitions."""
    lab = Lab(kafka, tmp_path, partitions=2)
    await lab.create_topics()
    yield lab
    await lab.stop()
