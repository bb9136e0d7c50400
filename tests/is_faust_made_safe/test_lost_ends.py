"""Does a worker refuse rows of before, which fit their digest and the log, when later ones were committed?"""

from streams.durable.dying import Exit
from tests.is_faust_made_safe.lab import Lab


async def test_a_changelog_that_lost_its_end_is_refused(lab: Lab) -> None:
    """What a broker does that lost power before its disk had the last rows: the outputs of then would come out twice."""
    await lab.produce(b"5", b"mark")
    first = lab.start()
    await lab.outputs_are_at_least(1)
    before = await lab.read_rows()
    await lab.produce(b"5", b"mark")
    await lab.outputs_are_at_least(2)
    first.kill()
    after = await lab.read_rows()

    for key, value in before.items():
        await lab.overwrite_row(key, value)
    second = lab.start()
    assert await second.ended() == Exit.DAMAGED
    assert second.said("one of the two lost its end")
    assert not second.said("Traceback")

    for key, value in after.items():
        await lab.overwrite_row(key, value)
    await lab.produce(b"mark")
    lab.start()
    await lab.outputs_are_at_least(3)
    await lab.matches_the_refold()
