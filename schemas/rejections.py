"""Why an order is rejected: a code for programs, a sentence for people (law 9).

The codes stand in the order in which they are checked; the first one that applies is given.
"""

from enum import StrEnum


class Rejection(StrEnum):
    HALTED = "HALTED"
    ATTENTION_STALE = "ATTENTION_STALE"
    EXPIRED = "EXPIRED"
    NO_ACCOUNT = "NO_ACCOUNT"
    ACCOUNT_FROZEN = "ACCOUNT_FROZEN"
    TOO_MANY_ORDERS = "TOO_MANY_ORDERS"
    MINIMUM_HOLD = "MINIMUM_HOLD"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    PRICE_TOO_LOW = "PRICE_TOO_LOW"
    LIMIT_NOT_MET = "LIMIT_NOT_MET"
    ORDER_TOO_SMALL = "ORDER_TOO_SMALL"
    ORDER_TOO_LARGE = "ORDER_TOO_LARGE"
    NOTHING_TO_FILL = "NOTHING_TO_FILL"
    MAX_PAY_EXCEEDED = "MAX_PAY_EXCEEDED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    INSUFFICIENT_SHARES = "INSUFFICIENT_SHARES"


SENTENCES: dict[Rejection, str] = {
    Rejection.HALTED: "Trading in this biome is halted. Try again when it resumes.",
    Rejection.ATTENTION_STALE: "The market is catching up with attention, so no order fills this tick. Try again in a few seconds.",
    Rejection.EXPIRED: "The order was older than its deadline when the tick closed. Place it again.",
    Rejection.NO_ACCOUNT: "This player has no account yet. Wait until the account is opened.",
    Rejection.ACCOUNT_FROZEN: "This account is frozen and cannot trade. Ask the operator.",
    Rejection.TOO_MANY_ORDERS: "Too many orders within a minute. Wait and place it again.",
    Rejection.MINIMUM_HOLD: "These shares were bought too recently to be sold. Wait until the minimum hold has passed.",
    Rejection.INVALID_QUANTITY: "The quantity must be more than zero.",
    Rejection.PRICE_TOO_LOW: "The price is below the smallest price for buying. Selling stays open.",
    Rejection.LIMIT_NOT_MET: "The price of the tick was worse than the limit price.",
    Rejection.ORDER_TOO_SMALL: "The order is below the smallest order. Buy for more.",
    Rejection.ORDER_TOO_LARGE: "Your orders in this biome and tick together are above the largest order. Split them over several ticks.",
    Rejection.NOTHING_TO_FILL: "The order is too small to move a whole micro-share or to leave anything after the fee.",
    Rejection.MAX_PAY_EXCEEDED: "Cost and fee together exceed what the order said it would pay at most.",
    Rejection.INSUFFICIENT_FUNDS: "Not enough cash for the order and its fee.",
    Rejection.INSUFFICIENT_SHARES: "Not enough shares of this biome.",
}
