"""What shares have cost and what selling them gained, to the micro."""

from hypothesis import given
from hypothesis import strategies as st

from streams.history.core.accounts import Holding

amounts = st.integers(1, 10**17)
buys = st.lists(st.tuples(amounts, amounts), min_size=1, max_size=10)


def test_the_first_sale_takes_its_part_of_the_average_cost() -> None:
    holding = Holding()
    holding.buy(shares=1_000_000, paid=102_000_000)
    holding.buy(shares=1_000_000, paid=204_000_000)
    assert holding.sell(shares=500_000, received=98_000_000) == 98_000_000 - 76_500_000
    assert holding == Holding(shares=1_500_000, cost_basis=229_500_000, realized_gain=21_500_000)


@given(buys, st.lists(st.tuples(st.integers(1, 100), amounts), max_size=10), amounts)
def test_once_all_is_sold_the_gain_is_exactly_what_came_in_less_what_went_out(
    bought: list[tuple[int, int]], sales: list[tuple[int, int]], last: int
) -> None:
    holding = Holding()
    for shares, paid in bought:
        holding.buy(shares=shares, paid=paid)
    received = 0
    for percent, proceeds in sales:
        shares = holding.shares * percent // 200
        if shares > 0:
            holding.sell(shares=shares, received=proceeds)
            received += proceeds
            assert holding.cost_basis >= 0
    holding.sell(shares=holding.shares, received=last)
    assert (holding.shares, holding.cost_basis) == (0, 0)
    assert holding.realized_gain == received + last - sum(paid for _, paid in bought)
