"""What `biome up` says, and what its processes say: each line with the name of who said it, on the terminal and in files."""

import sys
import time
from pathlib import Path
from typing import Final, TextIO

LARGEST_LOG: Final = 10 * 1024 * 1024
"""Bytes of a log file; then it is moved to `<name>.log.1`, and that one is lost."""
NAME_WIDTH: Final = 11
QUIET: Final = frozenset({"kafka", "postgres", "npm"})
"""Whose lines go to their files only, except for what an operator must see."""
SERIOUS: Final = ("FATAL", "PANIC", "ERROR")
_COLOURS: Final = ("36", "33", "35", "32", "34", "96", "93", "95")
_BOLD: Final = "1"


class Console:
    """Writes lines to the terminal (coloured when it is one) and to one file for each name."""

    def __init__(self, log_dir: Path, terminal: TextIO | None = None) -> None:
        self._log_dir = log_dir
        self._terminal = terminal or sys.stdout
        self._coloured = self._terminal.isatty()
        self._files: dict[str, TextIO] = {}
        self._colours: dict[str, str] = {}

    def say(self, text: str) -> None:
        """A sentence of `biome up` itself."""
        for line in text.splitlines() or [""]:
            self._show("biome", line, _BOLD)
            self._keep("biome", f"{time.strftime('%H:%M:%S')} {line}")

    def output(self, name: str, line: str) -> None:
        """One line that a process wrote."""
        self._keep(name, line)
        if name.partition("-")[0] not in QUIET or any(word in line for word in SERIOUS):
            self._show(name, line, self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)]))

    def _show(self, name: str, line: str, colour: str) -> None:
        label = f"{name:<{NAME_WIDTH}}|"
        if self._coloured:
            label = f"\x1b[{colour}m{label}\x1b[0m"
        try:
            self._terminal.write(f"{label} {line}\n")
            self._terminal.flush()
        except OSError:
            pass  # the terminal was closed; the files go on

    def _keep(self, name: str, line: str) -> None:
        # A full disk must not stop the reading of a process's output: the process would block on its pipe.
        try:
            file = self._files.get(name) or self._open(name)
            file.write(f"{line}\n")
            if file.tell() > LARGEST_LOG:
                self._files.pop(name).close()
                path = self._path(name)
                path.replace(path.with_suffix(".log.1"))
        except OSError:
            self._files.pop(name, None)

    def _path(self, name: str) -> Path:
        return self._log_dir / f"{name}.log"

    def _open(self, name: str) -> TextIO:
        self._log_dir.mkdir(parents=True, exist_ok=True)
        file = self._path(name).open("a", buffering=1)
        self._files[name] = file
        return file
