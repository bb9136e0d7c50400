"""Do tumbling windows cover time without gap or overlap, for any length in milliseconds (fault 4)?"""

from hypothesis import given
from hypothesis import strategies as st

from streams.durable.window import TumblingWindow

WINDOWS = st.integers(1, 60_000).map(TumblingWindow)
TIMES = st.integers(0, 2**45)


@given(window=WINDOWS, time=TIMES)
def test_every_time_is_in_the_window_of_its_number(window: TumblingWindow, time: int) -> None:
    number = window.number(time)
    assert window.end(number - 1) <= time < window.end(number)


@given(window=WINDOWS, number=st.integers(0, 2**30))
def test_a_window_begins_where_the_one_before_it_ends(window: TumblingWindow, number: int) -> None:
    assert window.number(window.end(number)) == number + 1
    assert window.number(window.end(number) - 1) == number
    assert window.end(number) - window.end(number - 1) == window.milliseconds


@given(window=WINDOWS, times=st.tuples(TIMES, TIMES))
def test_a_later_time_is_never_in_an_earlier_window(window: TumblingWindow, times: tuple[int, int]) -> None:
    earlier, later = sorted(times)
    assert window.number(earlier) <= window.number(later)
