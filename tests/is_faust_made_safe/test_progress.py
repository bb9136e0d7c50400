"""Is a worker that does nothing told from one that is only busy with another partition?"""

from streams.durable.progress import ALONE_LIMIT_SECONDS, STILL_LIMIT_SECONDS, ProgressWatch


def test_a_worker_of_which_nothing_moves_is_suspected() -> None:
    watch = ProgressWatch(0.0)
    assert watch.suspects({0: 5, 1: 7}, 1.0) == []
    assert watch.suspects({0: 5, 1: 7}, 1.0 + STILL_LIMIT_SECONDS) == []
    assert watch.suspects({0: 5, 1: 7}, 1.1 + STILL_LIMIT_SECONDS) == [(0, 5), (1, 7)]


def test_a_shard_that_waits_for_its_turn_behind_a_backlog_is_not() -> None:
    """It was: the worker ended itself, came back with a larger backlog, and so on for ever."""
    watch = ProgressWatch(0.0)
    for second in range(int(ALONE_LIMIT_SECONDS)):
        assert watch.suspects({0: second, 1: 7}, float(second)) == []


def test_a_shard_that_never_gets_its_turn_is() -> None:
    watch = ProgressWatch(0.0)
    suspects = [watch.suspects({0: second, 1: 7}, float(second)) for second in range(int(ALONE_LIMIT_SECONDS) + 3)]
    assert suspects[-1] == [(1, 7)]


def test_a_shard_that_was_given_away_and_came_back_begins_anew() -> None:
    watch = ProgressWatch(0.0)
    watch.suspects({0: 5}, 1.0)
    watch.suspects({}, 100.0)
    assert watch.suspects({0: 5}, 200.0) == []
