"""Does the example of docs/faust.md run as it stands?"""

import re
from pathlib import Path

from tests.is_faust_made_safe.lab import Lab, Worker
from tests.is_faust_made_safe.tally_worker import topics

DOCS = Path(__file__).parents[2] / "docs" / "faust.md"


async def test_the_example_of_the_docs_sums_and_commits(kafka: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert len(blocks) == 1
    script = tmp_path / "tally.py"
    script.write_text(blocks[0])
    lab = Lab(kafka, tmp_path)
    lab.inputs, lab.outputs, lab.state = topics("tally", 1)
    await lab.create_topics()
    await lab.produce(b"5", b"6", b"mark", b"7", b"mark")
    worker = Worker(str(script), [], log=tmp_path / "tally.log", environment={"BIOME_KAFKA_BOOTSTRAP": kafka})
    try:
        await lab.outputs_are_at_least(2)
        assert [message.value for message in await lab.read_outputs()] == [b"11", b"18"]
        assert (await lab.rows_without_high_water()) == {b"sum": b"18"}
    finally:
        worker.kill()
        await lab.stop()
