"""How far a long reading is, for who waits at a terminal: a line now and then once it has taken a while."""

import sys
import time
from typing import Final, TextIO

PATIENCE_SECONDS: Final = 2.0
"""What is done sooner needs no progress."""
EVERY_SECONDS: Final = 1.0
LOG_EVERY_SECONDS: Final = 10.0
"""Where the output is no terminal, each word is a line of its own."""
BAR_WIDTH: Final = 24


class Progress:
    """Counts ticks. Writes to stderr: stdout is for what was found."""

    def __init__(self, *, total: int | None, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._began = time.monotonic()
        self._next_word = self._began + PATIENCE_SECONDS
        self.ticks = 0

    def tick(self) -> None:
        """One more is done."""
        self.ticks += 1
        now = time.monotonic()
        if now >= self._next_word:
            self._next_word = now + (EVERY_SECONDS if self._terminal else LOG_EVERY_SECONDS)
            self._write(self._line())

    def finish(self) -> None:
        """Leave the terminal's line."""
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return max(time.monotonic() - self._began, 1e-9)

    @property
    def rate(self) -> float:
        """Ticks a second."""
        return self.ticks / self.seconds

    def _line(self) -> str:
        if not self._total:
            return f"{self.ticks} ticks, {self.rate:.0f} a second"
        done = min(1.0, self.ticks / self._total)
        bar = "#" * int(done * BAR_WIDTH)
        left = (self._total - self.ticks) / self.rate if self.rate else 0
        return f"[{bar:<{BAR_WIDTH}}] {done:4.0%}  {self.ticks} of {self._total} ticks, {self.rate:.0f} a second, {left:.0f} s left"

    def _write(self, line: str) -> None:
        self._stream.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        self._stream.flush()
