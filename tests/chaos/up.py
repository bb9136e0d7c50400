"""`biome up` with each program as the harness wants it: held back while a file is there, and its faults planted."""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from ops.output import Console
from ops.process import ChildProcess, Program, StartupProblem
from ops.supervisor import Supervisor, Watch
from ops.up import up
from schemas.environment import load_environment
from tests.chaos.planting import FOLDER_VARIABLE, NAME_VARIABLE, Folder

_WAIT_AND_RUN: Final = 'while [ -e "$0" ]; do sleep 0.1; done; exec "$@"'


class ChaosSupervisor(Supervisor):
    """Starts each program in the harness's way."""

    async def start(self, program: Program, *, watch: Watch | None = None, attempts: int = 1) -> ChildProcess:
        return await super().start(_with_faults(program), watch=watch, attempts=attempts)


def _with_faults(program: Program) -> Program:
    hold = Folder(Path(os.environ[FOLDER_VARIABLE])).hold(program.name)
    argv = tuple("tests.chaos.worker" if part == "ops.command" else part for part in program.argv)
    return replace(
        program,
        argv=("sh", "-c", _WAIT_AND_RUN, str(hold), *argv),
        environment={**program.environment, NAME_VARIABLE: program.name},
    )


def main() -> None:
    environment = load_environment()
    try:
        asyncio.run(up(environment, Console(environment.data_dir.absolute() / "logs"), supervise=ChaosSupervisor))
    except StartupProblem as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
