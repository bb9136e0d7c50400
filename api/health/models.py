"""Health as HTTP shows it."""

from pydantic import BaseModel, Field


class Alive(BaseModel):
    status: str = "alive"


class Readiness(BaseModel):
    """Whether this replica can serve, and why not."""

    ready: bool
    kafka: bool
    postgres: bool
    tick: int | None = Field(description="The newest tick that this replica has seen.")
    tick_age_ms: int | None
    history_tick: int | None = Field(description="The newest tick in PostgreSQL.")
