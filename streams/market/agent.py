"""The market as a process: the fold of ``streams.market.core`` on the durable loop, and the clock."""

from schemas.environment import Environment
from schemas.logs import configure_logging
from schemas.topics import MARKET_INPUTS, MARKET_STATE, MARKET_TICKS
from streams.durable.agent import DurableAgent
from streams.market.clock import Clock
from streams.market.core import MarketFold


def main(environment: Environment) -> None:
    """Run a market worker until it is stopped or ends itself."""
    configure_logging(environment, "market")
    agent = DurableAgent(
        "market",
        environment,
        inputs=MARKET_INPUTS,
        state=MARKET_STATE,
        open_fold=lambda _partition, rows: MarketFold(rows),
        contiguous=True,
        proof=MARKET_TICKS,
    )
    clock = Clock(agent.shards)
    agent.task(clock.run)
    agent.run()
