"""The durable state of a shard: rows of bytes with a running count and digest, so that any damage shows at the next load."""

import hashlib
from collections.abc import Iterator, Mapping

DIGEST_MODULUS = 1 << 256


def row_hash(key: bytes, value: bytes) -> int:
    """SHA-256 of one row as a number; the key's length keeps (ab, c) and (a, bc) apart."""
    return int.from_bytes(hashlib.sha256(len(key).to_bytes(4, "big") + key + value).digest(), "big")


def digest_of(rows: Mapping[bytes, bytes]) -> str:
    """The digest of a set of rows: the sum of their hashes modulo 2^256, in hex. Independent of their order."""
    return f"{_sum_of(rows):064x}"


def _sum_of(rows: Mapping[bytes, bytes]) -> int:
    return sum(row_hash(key, value) for key, value in rows.items()) % DIGEST_MODULUS


class Rows:
    """A dictionary of bytes that remembers what changed since the last commit, its size and its digest."""

    def __init__(self, rows: Mapping[bytes, bytes] | None = None) -> None:
        self._rows: dict[bytes, bytes] = dict(rows or {})
        self._changed: dict[bytes, bytes] = {}
        self._digest = _sum_of(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        yield from self._rows.items()

    def put(self, key: bytes, value: bytes) -> None:
        """Set a row. A row that is set to what it already was does not count as changed."""
        before = self._rows.get(key)
        if before == value:
            return
        if before is not None:
            self._digest -= row_hash(key, before)
        self._digest = (self._digest + row_hash(key, value)) % DIGEST_MODULUS
        self._rows[key] = value
        self._changed[key] = value

    def digest(self) -> str:
        """SHA-256 sums of all rows, modulo 2^256, in hex."""
        return f"{self._digest:064x}"

    def digest_without(self, key: bytes) -> str:
        """The digest of all rows but one."""
        value = self._rows.get(key)
        without = 0 if value is None else row_hash(key, value)
        return f"{(self._digest - without) % DIGEST_MODULUS:064x}"

    def take_changes(self) -> dict[bytes, bytes]:
        """What was set since the last call, for the commit to write."""
        changed, self._changed = self._changed, {}
        return changed
