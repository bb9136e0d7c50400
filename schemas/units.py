"""Amounts: whole micro-BDT and micro-shares inside, decimal strings for people. Never a float.

1 BDT = 1,000,000 micro-BDT; 1 share = 1,000,000 micro-shares. A price is micro-BDT per whole share.
Rounding always has a name here: ``floor`` is towards zero for amounts, ``ceil`` is away from it, and each caller says
which one the design gives it (rounding never favours the trader, law 6).
"""

import re
from typing import TypeAlias

MICRO = 1_000_000

MicroBdt: TypeAlias = int
"""Whole micro-BDT (a millionth of a BDT)."""
MicroShares: TypeAlias = int
"""Whole micro-shares (a millionth of a share)."""
PriceMicro: TypeAlias = int
"""Micro-BDT per whole share, rounded down: for showing, never for settling."""
Millis: TypeAlias = int
"""Milliseconds since the Unix epoch, UTC, as Kafka stamps them."""
BasisPoints: TypeAlias = int
"""Hundredths of a per cent: 10,000 is the whole."""

BASIS_POINTS = 10_000

LARGEST_AMOUNT = 10**18 - 1
"""Largest amount a message may name (in micro): a trillion BDT, well under 2^63, so that it fits a BIGINT."""

_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]{0,11})(?:\.(?P<fraction>[0-9]{1,6}))?")


class AmountError(ValueError):
    """A text that is not an amount; its message is a sentence for people."""


def parse_amount(text: str) -> int:
    """Micro units of a decimal string: ``"100.25"`` is 100,250,000.

    At most six decimals and twelve whole digits (``LARGEST_AMOUNT``); no exponent, no plus sign, no spaces.

    Raises:
        AmountError: the text is not such a number.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise AmountError('An amount is a decimal string with at most six decimals, such as "100.25".')
    micro = int(match["whole"]) * MICRO + int((match["fraction"] or "").ljust(6, "0"))
    return -micro if match["sign"] else micro


def format_amount(micro: int) -> str:
    """The decimal string of micro units, exact, with at least two decimals: 100,250,000 is ``"100.25"``."""
    whole, fraction = divmod(abs(micro), MICRO)
    decimals = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if micro < 0 else ''}{whole}.{decimals}"


def ceil_div(dividend: int, divisor: int) -> int:
    """Quotient rounded up (towards plus infinity); the floor is Python's own ``//``."""
    return -(-dividend // divisor)


def price_rounded_down(cash: MicroBdt, shares: MicroShares) -> PriceMicro:
    """Price of a whole share in a market with this cash and these shares, rounded down to the micro."""
    return cash * MICRO // shares
