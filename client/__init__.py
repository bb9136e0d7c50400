"""A client of Biome Market for programs: typed, blocking or async, with retries that are safe and a stream that resumes.

It needs nothing of the server's code. Amounts are ``Decimal``, exact; times are aware ``datetime``.
"""

from client.asynchronous import AsyncBiomeMarket
from client.blocking import BiomeMarket
from client.models import (
    Account,
    AccountHolding,
    Holding,
    Market,
    Markets,
    Me,
    Order,
    OrderRejection,
    Player,
    Portfolio,
    PriceHistory,
    PricePoint,
    Snapshot,
    Tick,
    Token,
    Transactions,
)
from client.problems import BiomeMarketError, Problem, ProblemError, UnreachableError
from client.stream import Event

__all__ = [
    "Account",
    "AccountHolding",
    "AsyncBiomeMarket",
    "BiomeMarket",
    "BiomeMarketError",
    "Event",
    "Holding",
    "Market",
    "Markets",
    "Me",
    "Order",
    "OrderRejection",
    "Player",
    "Portfolio",
    "PriceHistory",
    "PricePoint",
    "Problem",
    "ProblemError",
    "Snapshot",
    "Tick",
    "Token",
    "Transactions",
    "UnreachableError",
]
