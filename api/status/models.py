"""The public status document."""

from datetime import datetime

from pydantic import BaseModel, Field

from schemas.biomes import Biome


class Conservation(BaseModel):
    """What this replica found when it checked every tick that it saw: the hash chain, cash, shares, solvency, receipts."""

    exact: bool
    since_tick: int | None = Field(description="The first tick that was checked: the newest when this replica started.")
    through_tick: int | None
    faults: list[str] = Field(description="The first faults, as sentences; empty when there are none.")


class Audit(BaseModel):
    """What the auditor said, which folds the whole log again: everything through this tick is exact."""

    verified_tick: int | None
    verified_closed_at: datetime | None
    postgres_tick: int | None = Field(description="Through which tick PostgreSQL was compared too; null: not yet.")
    mismatch_tick: int | None = Field(
        description="The tick that differs: trading is halted until an operator has looked. null: none waits."
    )


class AttentionStatus(BaseModel):
    behind_ms: int | None = Field(
        description="How far the slowest shard is behind the tick; null before all have reported."
    )
    stale: bool = Field(description="True: too far behind, so orders are rejected.")


class PartitionLag(BaseModel):
    reader: str
    topic: str
    partition: int
    records: int = Field(description="Records that wait to be worked off.")


class Status(BaseModel):
    """How the market is, for everyone."""

    well: bool
    sentence: str = Field(description="The same for people: what is wrong first, if anything.")
    tick: int | None
    closed_at: datetime | None
    tick_age_ms: int | None
    lateness_ms: int | None = Field(description="From when the tick was due to when its mark was in the log.")
    halted: bool
    halted_biomes: list[Biome]
    conservation: Conservation
    audit: Audit
    attention: AttentionStatus | None
    history_tick: int | None = Field(description="The newest tick in PostgreSQL: what portfolios and charts show.")
    history_behind: int | None = Field(description="Ticks.")
    lag: list[PartitionLag]
    streams: int = Field(description="Open live streams of this replica.")
