"""Bytes as a row of choices: hypothesis and atheris both give bytes, and a small change of them is a small change of what is tried."""

from collections.abc import Sequence
from typing import TypeVar

_Option = TypeVar("_Option")


class Choices:
    """Each choice takes a byte or two. Once they are used up, every choice is the first option."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        """Whether there are choices left."""
        return self._at < len(self._data)

    def below(self, limit: int) -> int:
        """A number from 0 on, at most 65,536 of them."""
        return int.from_bytes(self.bytes(1 if limit <= 256 else 2), "big") % limit

    def of(self, options: Sequence[_Option]) -> _Option:
        return options[self.below(len(options))]

    def bytes(self, count: int) -> bytes:
        """The next bytes as they are."""
        start, self._at = self._at, self._at + count
        return self._data[start : self._at]
