"""The market as a fold over market.inputs. Between marks it only takes in; a mark closes a tick.

Decided here:

* What cannot be understood becomes a dead letter, which leaves with the next tick and is counted in it.
* Before genesis nothing is reported or closed; orders, openings and commands wait for the first tick like any others.
  Genesis sets up the market as of its own time in the log; the first tick makes it durable. A later one changes nothing.
* A mark closes the tick that it names if that is the next one and half a window has passed since the last. Any other
  changes nothing, so a second clock, a late one or a wrong one is harmless.
* Log time is the latest broker's stamp so far. It never steps back, whatever a broker's clock does.
"""

from schemas.decoding import Undecodable
from schemas.messages.market_inputs import CloseWindow, Genesis, MarketSettings, ReportAttention
from schemas.units import Millis
from streams.durable.fold import Commit, Output, Record
from streams.durable.rows import Rows
from streams.market.core.closing import Mark, close_tick
from streams.market.core.rules import OLDEST, rules_of
from streams.market.core.state import ROW_KEY, MarketState, state_at_genesis, state_from_row
from streams.market.core.window import OpenWindow


class MarketFold:
    """The state machine of one market: markets and all accounts. It commits at each tick and never in between.

    Raises:
        msgspec.MsgspecError: the market's row is damaged.
        CannotFoldError: this code does not know the rules in force.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        row = rows.get(ROW_KEY)
        self._state: MarketState | None = None if row is None else state_from_row(row)
        self._time: Millis = 0 if self._state is None else self._state.closed_at
        self._window: OpenWindow | None = None
        rules_of(self.rules_in_force)

    @property
    def closed_at(self) -> Millis:
        """Log time of the last tick; 0 before genesis."""
        return 0 if self._state is None else self._state.closed_at

    def initial_commit(self) -> None:
        """Nothing: the first tick makes genesis durable."""

    def fold(self, record: Record) -> Commit | None:
        """Take in one input. A commit when it is the mark that closes the next tick.

        Raises:
            AssertionError: the tick would break a law. The process must end.
            CannotFoldError: the log asks for rules that this code does not know.
        """
        self._time = max(self._time, record.timestamp)
        if self._window is None:
            self._window = OpenWindow(record.offset)
        message = rules_of(self.rules_in_force).decode(record.value)
        if isinstance(message, CloseWindow):
            return self._close(message, record, self._window)
        if isinstance(message, Genesis):
            self._begin(message)
        elif self._window.left_over:
            self._window.left_over.append(record)
            if isinstance(message, ReportAttention) and self._state is not None:
                # What attention has counted is known all the same: taken in again with the rest, it adds nothing.
                self._window.attention.take(message, self._state)
        elif isinstance(message, Undecodable):
            self._window.dead_letters.bury(record, message)
        elif isinstance(message, ReportAttention):
            if self._state is not None:
                self._window.count(record, message, self._state)
        else:
            self._window.queue(record, message)
        return None

    @property
    def next_tick(self) -> int:
        """The tick that the next mark must name."""
        return 1 if self._state is None else self._state.tick + 1

    @property
    def rules_in_force(self) -> int:
        """Their version. A switch decides its own tick already, and decodes what comes after that tick's mark."""
        return OLDEST if self._state is None else self._state.settings.rules

    @property
    def window_ms(self) -> Millis:
        """Time between two ticks, in force."""
        return MarketSettings().window_ms if self._state is None else self._state.settings.window_ms

    def report(self) -> tuple[Output, ...]:
        """Nothing: all that the market says leaves in a tick's transaction."""
        return ()

    def _begin(self, genesis: Genesis) -> None:
        if self._state is None:
            self._state = state_at_genesis(genesis, at=self._time)

    def _close(self, mark: CloseWindow, record: Record, window: OpenWindow) -> Commit | None:
        state = self._state
        if state is None or mark.tick != state.tick + 1:
            return None
        if 2 * (self._time - state.closed_at) < state.settings.window_ms:
            return None
        self._window = None
        commit = close_tick(state, self.rows, window, Mark(mark, record.offset, self._time))
        # As a crash right after this commit would: the next window begins at the first input that this one left.
        for left in [*window.left_over, record] if window.left_over else ():
            self.fold(left)
        return commit
