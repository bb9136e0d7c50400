"""The market's pure core: a fold over market.inputs. No Kafka, no clock, no I/O, no float (law 7).

Read it from ``fold.py`` (what an input does) through ``closing.py`` (the order of work in a tick) to
``redistribution.py`` (law 4) and ``filling.py`` (what an order fills with, and the fee).
"""

from streams.market.core.fold import MarketFold

__all__ = ["MarketFold"]
