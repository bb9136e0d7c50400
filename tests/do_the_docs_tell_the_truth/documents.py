"""The documents and what in them can be run."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_SNIPPET = re.compile(r"<!-- run -->\n```(?P<language>\w+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")


class Snippet(NamedTuple):
    """A piece of code that a document promises to work."""

    document: str
    line: int
    language: str
    code: str

    @property
    def name(self) -> str:
        return f"{self.document}:{self.line}"


def snippets() -> list[Snippet]:
    """Every code block that stands behind a ``<!-- run -->``."""
    return [
        Snippet(path.name, path.read_text()[: match.start()].count("\n") + 2, match["language"], match["code"])
        for path in DOCUMENTS
        for match in _SNIPPET.finditer(path.read_text())
    ]


def links(path: Path) -> list[str]:
    """Targets of the links and pictures of a document."""
    return [match["target"] for match in _LINK.finditer(path.read_text())]
