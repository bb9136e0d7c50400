"""Administration as HTTP takes and gives it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.amounts import WHOLE, AmountIn, AmountOut
from api.auth.models import USERNAME_PATTERN
from api.auth.rights import Role
from schemas.biomes import Biome

Reason: TypeAlias = Annotated[
    str, Field(pattern=r"^[^\x00-\x1f]{1,200}$", description="Why, in one line. It is recorded, with who.")
]


class Reasoned(BaseModel):
    """What every act of an admin says."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class Halt(Reasoned):
    biome: Biome | None = Field(None, description="null: the whole market.")


class OfPlayer(Reasoned):
    """Names a player by their id, or by their username."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["player"], "properties": {"player": {"type": "string"}, "username": {"type": "null"}}},
                {"required": ["username"], "properties": {"username": {"type": "string"}, "player": {"type": "null"}}},
            ]
        }
    )

    player: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")] | None = None
    username: Annotated[str, Field(pattern=USERNAME_PATTERN)] | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.player is None) == (self.username is None):
            raise ValueError("Give either player, which is an id, or username.")
        return self


class Grant(OfPlayer):
    amount_bdt: AmountIn


class SettingsChange(BaseModel):
    """The settings that change; the others stay."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1})

    rules: Annotated[int, Field(strict=True, ge=1, le=1_000), WHOLE] | None = Field(
        None, description="Version of the rules. Every worker must know it."
    )
    window_ms: Annotated[int, Field(strict=True, ge=100, le=60_000), WHOLE] | None = None
    pool_bp: Annotated[int, Field(strict=True, ge=0, le=10_000), WHOLE] | None = Field(
        None, description="Part of each biome's cash that is pooled."
    )
    floor_cash_bdt: AmountIn | None = Field(None, description="A biome at the floor pays nothing into the pool.")
    fee_bp: Annotated[int, Field(strict=True, ge=0, le=5_000), WHOLE] | None = None
    largest_order_bp: Annotated[int, Field(strict=True, ge=0, le=10_000), WHOLE] | None = None
    smallest_buy_bdt: AmountIn | None = None
    smallest_price_bdt: AmountIn | None = Field(None, description="For buying, at least 0.01.")
    deadline_ms: Annotated[int, Field(strict=True, ge=1_000, le=10_000), WHOLE] | None = None
    orders_per_minute: Annotated[int, Field(strict=True, ge=1, le=60), WHOLE] | None = None
    minimum_hold_ticks: Annotated[int, Field(strict=True, ge=0, le=10_000_000), WHOLE] | None = None
    attention_stale_ms: Annotated[int, Field(strict=True, ge=500, le=3_600_000), WHOLE] | None = None


class ChangeOfSettings(Reasoned):
    settings: SettingsChange


class Settings(BaseModel):
    """The market's settings in force."""

    rules: int
    window_ms: int
    pool_bp: int
    floor_cash_bdt: AmountOut
    fee_bp: int
    largest_order_bp: int
    smallest_buy_bdt: AmountOut
    smallest_price_bdt: AmountOut
    deadline_ms: int
    orders_per_minute: int
    minimum_hold_ticks: int
    attention_stale_ms: int
    attention_shards: int


class CommandStatus(StrEnum):
    APPLIED = "applied"
    REFUSED = "refused"
    PENDING = "pending"


class Command(BaseModel):
    """An admin command, and what became of it."""

    command_id: str
    command: str = Field(examples=["set_halt"])
    by: str
    reason: str
    given_at: datetime
    status: CommandStatus
    tick: int | None = Field(description="The tick that took it in.")
    closed_at: datetime | None
    refusal: str | None
    username: str | None = Field(description="Of the player whom it was about, if they signed up here.")
    asked: dict[str, Any] | None = Field(
        description="The command as it stands in market.inputs; null for one that was not given over HTTP."
    )


class Commands(BaseModel):
    """Decided commands, newest first."""

    items: list[Command]
    next: str | None = Field(description="Pass it as `after` for the page that follows; null on the last.")


class SetRole(Reasoned):
    username: Annotated[str, Field(pattern=USERNAME_PATTERN)]
    role: Role


class User(BaseModel):
    id: str
    username: str
    role: Role


class Action(BaseModel):
    """Something that an admin did besides commands."""

    at: datetime
    action: str = Field(examples=["set_role", "redrive"])
    subject: str
    by: str
    reason: str


class Actions(BaseModel):
    """Newest first."""

    items: list[Action]
    next: str | None = Field(description="Pass it as `after` for the page that follows; null on the last.")


class Lag(BaseModel):
    """How far the reader of a partition is."""

    topic: str
    partition: int
    reader: str
    next_offset: int | None = Field(description="What it reads next; null before its first report.")
    end_offset: int
    lag: int = Field(description="Messages that it has not taken in yet. Some are always on the way.")


class AdminStatus(BaseModel):
    """How the market is."""

    tick: int
    closed_at: datetime
    tick_age_ms: int
    history_ticks_behind: int
    halted: bool
    halted_biomes: list[Biome]
    accounts: int
    settings: Settings
    partitions: list[Lag]


class DeadLetter(BaseModel):
    """A message that was not understood."""

    offset: int = Field(description="Its place in dead.letters: what names it here.")
    topic: str
    partition: int
    at_offset: int = Field(description="Where it stood.")
    at: datetime
    reason: str
    detail: str
    size: int
    sha256: str
    redriven: bool = Field(description="Whether it was sent again. That is possible once.")


class WholeDeadLetter(DeadLetter):
    key_base64: str | None
    value_base64: str | None = Field(description="Its bytes, at most the first 64 KiB of them.")


class DeadLetters(BaseModel):
    """Newest first."""

    items: list[DeadLetter]
    next: int | None = Field(description="Pass it as `before` for older ones; null when there are none.")


class Redriven(BaseModel):
    topic: str
    offset: int = Field(description="Where it stands now. Whether it was understood this time: see the dead letters.")
