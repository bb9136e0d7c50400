"""Attention as a process: the fold of ``streams.attention.core`` over its shards, on the durable loop."""

from schemas.environment import Environment
from schemas.logs import configure_logging
from schemas.topics import ATTENTION_PINGS, ATTENTION_STATE
from streams.attention.core import AttentionFold
from streams.durable.agent import DurableAgent
from streams.durable.rows import Rows


def main(environment: Environment) -> None:
    """Run an attention worker until it is stopped or ends itself."""
    configure_logging(environment, "attention")

    def open_fold(partition: int, rows: Rows) -> AttentionFold:
        return AttentionFold(
            rows,
            shard=partition,
            shards=environment.attention_shards,
            cap=environment.attention_cap,
            window_ms=environment.window_ms,
        )

    DurableAgent(
        "attention",
        environment,
        inputs=ATTENTION_PINGS,
        state=ATTENTION_STATE,
        open_fold=open_fold,
        # Others write this log: a transaction's marker or retention may leave a hole.
        contiguous=False,
    ).run()
