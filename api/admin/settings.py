"""The market's settings: as people see them, and with some of them changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from api.admin.models import Settings, SettingsChange
from api.database import connect
from api.problems import BUSY, INVALID, FieldProblem, ProblemError, no_tick_in_history
from api.services import Services
from schemas.decoding import decode_tick
from schemas.messages.market_inputs import MarketSettings
from schemas.units import format_amount
from streams.market.core.rules import RULES

SETTINGS_LOCK = 0x73657474696E6773
"""Advisory lock of PostgreSQL ("settings" in hex): a change is made from the settings in force, so there is one at a time."""
_IN_BDT = ("floor_cash", "smallest_buy", "smallest_price")
"""Fields in micro-BDT, which people give and see in BDT."""


@asynccontextmanager
async def settings_to_change(services: Services) -> AsyncIterator[MarketSettings]:
    """The settings in force, which nobody else changes meanwhile. The lock has a connection of its own: whoever holds it gives a
    command, waits for Kafka and for history, and needs the pool for that.

    Raises:
        ProblemError: somebody changes them at this moment, or there is no market yet.
    """
    async with await connect(services.environment) as connection, connection.transaction():
        cursor = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (SETTINGS_LOCK,))
        locked = await cursor.fetchone()
        assert locked is not None
        if not locked[0]:
            raise ProblemError(
                BUSY, "Somebody else is changing the settings. Look at what they are then, and try again."
            )
        cursor = await connection.execute("SELECT body FROM ticks ORDER BY tick DESC LIMIT 1")
        row = await cursor.fetchone()
        if row is None:
            raise no_tick_in_history()
        yield decode_tick(bytes(row[0])).settings


def changed(settings: MarketSettings, change: SettingsChange) -> MarketSettings:
    """The settings with a change.

    Raises:
        ProblemError: nothing is changed, to what the market would not take, or to rules that nobody knows.
    """
    given = change.model_dump(exclude_none=True)
    new = {name.removesuffix("_bdt"): value for name, value in given.items()}
    if not new:
        raise _invalid("settings", "Give at least one setting to change.")
    if "rules" in new and new["rules"] not in RULES:
        known = ", ".join(str(version) for version in sorted(RULES))
        raise _invalid("settings.rules", f"This code knows the versions {known} of the rules. Run newer code first.")
    try:
        return msgspec.convert(msgspec.to_builtins(settings) | new, MarketSettings)
    except msgspec.ValidationError as fault:
        raise _invalid("settings", f"{fault}, in micro-BDT.") from None


def settings_document(settings: MarketSettings) -> Settings:
    """The settings as people see them."""
    fields = msgspec.to_builtins(settings)
    in_bdt = {f"{name}_bdt": format_amount(fields.pop(name)) for name in _IN_BDT}
    return Settings(**fields, **in_bdt)


def _invalid(field: str, sentence: str) -> ProblemError:
    return ProblemError(INVALID, sentence, errors=[FieldProblem(field=f"body.{field}", message=sentence)])
