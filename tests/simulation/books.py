"""The laws, kept from what was published and from the logs alone: no rule, no type and no arithmetic is shared with the cores.

Reads JSON as JSON. Every tick is held against every law that can be seen in it; a fault is a sentence with the tick's number.
"""

import hashlib
from bisect import bisect_left
from collections import Counter, deque
from typing import Any, Final, NamedTuple

import msgspec

from tests.simulation.log import Entry, Partition
from tests.simulation.refold import Wrong

BIOMES: Final = ("ocean", "beach", "plains", "forest", "desert", "mountain", "snow")
MICRO: Final = 1_000_000
AGAIN: Final = {"EXPIRED", "HALTED", "ATTENTION_STALE", "TOO_MANY_ORDERS", "NO_ACCOUNT", "ACCOUNT_FROZEN"}
"""What an order may be told once more when it comes again after its deadline, or in a flood (design, order identity)."""
LONGEST_DEADLINE_MS: Final = 10_000
MANY: Final = 60
"""Orders of a player: as many as are within the rate, and fewer than are remembered."""

decode = msgspec.json.decode


class Meaning(NamedTuple):
    """What a message on attention.pings says, as its writer knows it."""

    pings: tuple[tuple[str, str, int], ...]
    malformed: int


class Account:
    __slots__ = ("cash", "frozen", "shares")

    def __init__(self, cash: int) -> None:
        self.cash = cash
        self.shares = [0] * 7
        self.frozen = False


class Moved:
    """What the events of one tick moved together."""

    def __init__(self) -> None:
        self.granted = self.fees = 0
        self.bought, self.sold = [0] * 7, [0] * 7
        self.rejected: Counter[str] = Counter()


class AttentionBooks:
    """A simple counter over one partition of attention.pings: what each offset must have brought the counters to."""

    def __init__(self, log: Partition, shard: int, shard_of: dict[str, int], meanings: dict[bytes, Meaning]) -> None:
        self._log = log
        self._shard = shard
        self._shard_of = shard_of
        self._meanings = meanings
        self._position = 0
        self._time = 0
        self._window = -1
        self._points: Counter[str] = Counter()
        self._totals = [0] * 10
        """Seven biomes; over the cap, wrong partition, malformed."""
        self.offsets: list[int] = []
        self.after: list[tuple[int, tuple[int, ...]]] = []

    def at(self, offset: int) -> tuple[int, tuple[int, ...]]:
        """Log time and counters after everything before this offset."""
        self._count()
        index = bisect_left(self.offsets, offset)
        return self.after[index - 1] if index else (0, (0,) * 10)

    def _count(self) -> None:
        entries, self._position = self._log.read(self._position, committed=False, most=1_000_000)
        for entry in entries:
            self._time = max(self._time, entry.timestamp)
            if self._time // 500 > self._window:
                self._window = self._time // 500
                self._points.clear()
            self._take(entry.value or b"")
            self.offsets.append(entry.offset)
            self.after.append((self._time, tuple(self._totals)))

    def _take(self, value: bytes) -> None:
        meaning = self._meanings.get(value)
        if meaning is None:
            if b'"mark"' not in value:
                self._totals[9] += 1
            return
        for player, biome, points in meaning.pings:
            if self._shard_of[player] != self._shard:
                self._totals[8] += points
                continue
            fits = min(points, 10 - self._points[player])
            self._points[player] += fits
            self._totals[BIOMES.index(biome)] += fits
            self._totals[7] += points - fits
        self._totals[9] += meaning.malformed


class Books:
    """Follows whole ticks from the first one."""

    def __init__(self, inputs: Partition, attention: list[AttentionBooks]) -> None:
        self.accounts: dict[str, Account] = {}
        self.latest: dict[str, Any] | None = None
        self.ticks = 0
        self.outcomes = 0
        self.filled = 0
        self.codes: Counter[str] = Counter()
        self._inputs = inputs
        self._attention = attention
        self._position = 0
        self._hash = "0" * 64
        self._last: dict[str, Any] = {}
        self._outcome: dict[str, tuple[str, int]] = {}
        """Of each order, its first outcome's code and its own time."""
        self._decided_at: dict[str, deque[int]] = {}
        self._reached = [0] * len(attention)
        self._log_time = 0
        self._began = 0

    def audit(self, body: bytes, header: str, events: list[dict[str, Any]]) -> None:
        """Hold every law against the next tick."""
        tick = decode(body)
        try:
            self._chain(tick, body, header)
            orders = self._range(tick)
            self._markets(tick)
            self._moves(tick)
            self._events(tick, events, orders)
            self._totals(tick)
            self._attention_is_accounted_for(tick)
        except Wrong as wrong:
            raise Wrong(f"tick {tick['tick']}: {wrong}") from wrong
        self.latest = self._last = tick
        self.ticks += 1

    def _chain(self, tick: dict[str, Any], body: bytes, header: str) -> None:
        _hold(header == hashlib.sha256(body).hexdigest(), "its hash is not that of its body")
        _hold(tick["previous"] == self._hash, "the chain of hashes is broken")
        _hold(tick["tick"] == self.ticks + 1, f"it follows tick {self.ticks}")
        self._hash = header

    def _range(self, tick: dict[str, Any]) -> dict[int, dict[str, Any]]:
        """The orders in its range of inputs, by offset. Also: the range goes on, and a mark of its own number closed it."""
        first, last = tick["inputs"]["first"], tick["inputs"]["last"]
        _hold(first == self._position, f"it folds inputs from {first} on and not from {self._position}")
        orders: dict[int, dict[str, Any]] = {}
        rules = self._last["settings"]["rules"] if self._last else 1
        mark: Any = None
        entries, self._position = self._inputs.read(first, committed=False, most=last + 1 - first)
        _hold(self._position == last + 1 or last + 1 == self._inputs.end, "its range is not contiguous")
        self._position = last + 1
        for entry in entries:
            self._log_time = max(self._log_time, entry.timestamp)
            mark = _read_input(entry)
            if mark is not None and mark["type"] == "place_order" and (rules == 1 or "client_order_id" in mark):
                orders[entry.offset] = mark
            elif mark is not None and mark["type"] == "genesis" and not self._began:
                self._began = self._log_time
        before = self._last.get("closed_at", self._began)
        closed_at = tick["closed_at"]
        is_mark = mark is not None and mark["type"] == "close_window" and mark["tick"] == tick["tick"]
        # A mark of its number that came too early may stand where a full tick ends: a later one closed it.
        if not (is_mark and closed_at == self._log_time):
            _hold(self._is_left_over(last + 1), "no mark of its number closed it at its time")
        _hold(2 * (closed_at - before) >= (self._last or tick)["settings"]["window_ms"], "it came too early")
        return orders

    def _is_left_over(self, offset: int) -> bool:
        """Whether the input there is an order: the first that a full tick left to the next one."""
        entries, _ = self._inputs.read(offset, committed=False, most=1)
        message = _read_input(entries[0]) if entries else None
        return message is not None and message["type"] == "place_order"

    def _markets(self, tick: dict[str, Any]) -> None:
        """Laws 1, 2 and 3."""
        markets = tick["markets"]
        _hold(tuple(market["biome"] for market in markets) == BIOMES, "its biomes are not the seven")
        cash = int(tick["players_cash"]) + sum(int(market["cash"]) for market in markets) + int(tick["house_fees"])
        _hold(cash == int(tick["genesis_cash"]) + int(tick["grants"]), "law 1: cash was made or lost")
        for market, held in zip(markets, tick["players_shares"], strict=True):
            _hold(int(market["treasury"]) + int(held) == int(market["shares"]), "law 2: shares were made or lost")
            _hold(min(int(market["cash"]), int(held), int(market["treasury"])) >= 0, "law 3: something is negative")
        _hold(min(int(tick["players_cash"]), int(tick["house_fees"])) >= 0, "law 3: something is negative")

    def _moves(self, tick: dict[str, Any]) -> None:
        """Law 4, and that each receipt adds up and goes on from the tick before."""
        pool = 0
        settings = tick["settings"]
        weights = [0 if tick["halted"] or m["halted"] else m["attention"] for m in tick["markets"]]
        for index, market in enumerate(tick["markets"]):
            before, pooled, dealt = int(market["before"]), int(market["pooled"]), int(market["dealt"])
            bought, sold, cash = int(market["bought"]), int(market["sold"]), int(market["cash"])
            pool += pooled - dealt
            _hold(before - pooled + dealt + bought - sold == cash, "a receipt does not add up")
            _hold(min(pooled, dealt, bought, sold) >= 0, "a receipt is negative")
            stopped = tick["halted"] or market["halted"]
            share = before * settings["pool_bp"] // 10_000
            wanted = max(0, min(share, before - settings["floor_cash"])) if any(weights) and not stopped else 0
            _hold(pooled == wanted, f"{market['biome']} paid {pooled} into the pool and not {wanted}")
            _hold(not (stopped and (dealt or bought or sold)), "a halted biome moved")
            if self._last:
                was = self._last["markets"][index]
                _hold(was["cash"] == market["before"], "cash does not go on from the tick before")
                shares = int(was["shares"]) + int(market["shares_bought"]) - int(market["shares_sold"])
                _hold(shares == int(market["shares"]), "shares do not go on from the tick before")
        _hold(pool == 0, "law 4: what was dealt is not what was pooled")
        self._dealt_in_proportion(tick, weights)

    def _dealt_in_proportion(self, tick: dict[str, Any], weights: list[int]) -> None:
        total, pool = sum(weights), sum(int(market["pooled"]) for market in tick["markets"])
        if total == 0:
            return
        exact = [pool * weight for weight in weights]
        left = pool - sum(part // total for part in exact)
        order = sorted(range(7), key=lambda index: (-(exact[index] % total), index))
        for rank, index in enumerate(order):
            dealt = exact[index] // total + (1 if rank < left else 0)
            _hold(dealt == int(tick["markets"][index]["dealt"]), "law 4: the pool was not dealt by attention")

    def _events(self, tick: dict[str, Any], events: list[dict[str, Any]], orders: dict[int, dict[str, Any]]) -> None:
        """Laws 5, 6, 8, 9 and 11: outcomes and accounts."""
        _hold([event["index"] for event in events] == list(range(tick["events"])), "its events are not numbered on")
        for event in events:
            _hold(event["tick"] == tick["tick"], "an event is of another tick")
            if event["type"] in {"filled", "rejected"}:
                self._order(event, orders, tick)
        moved = self._post(tick, events)
        for event in events:
            self._compare_account(event)
        for offset, order in orders.items():
            _hold(order["order_id"] in self._outcome, f"law 11: the order at {offset} has no outcome")
        self._counts(tick, moved.rejected, orders)
        _hold([str(b) for b in moved.bought] == [m["bought"] for m in tick["markets"]], "events bought another amount")
        _hold([str(s) for s in moved.sold] == [m["sold"] for m in tick["markets"]], "events sold another amount")
        _hold(moved.fees == int(tick["fees"]), "events paid other fees")
        _hold(
            moved.granted == int(tick["grants"]) - int(self._last.get("grants", 0)),
            "events were granted another amount",
        )

    def _post(self, tick: dict[str, Any], events: list[dict[str, Any]]) -> "Moved":
        """Post the events to the accounts, openings and commands before orders, as the tick does."""
        moved = Moved()
        for event in sorted(events, key=lambda event: event["type"] in {"filled", "rejected"}):
            match event["type"]:
                case "opened":
                    _hold(event["player"] not in self.accounts, "an account was opened twice")
                    self.accounts[event["player"]] = Account(int(event["grant"]))
                    moved.granted += int(event["grant"])
                case "granted":
                    self.accounts[event["player"]].cash += int(event["amount"])
                    moved.granted += int(event["amount"])
                case "frozen":
                    self.accounts[event["player"]].frozen = event["account"]["frozen"]
                case "rejected":
                    moved.rejected[event["code"]] += 1
                case "filled":
                    side = self._fill(event, tick)
                    (moved.sold if side < 0 else moved.bought)[BIOMES.index(event["order"]["biome"])] += int(
                        event["cash"]
                    )
                    moved.fees += int(event["fee"])
        return moved

    def _order(self, event: dict[str, Any], orders: dict[int, dict[str, Any]], tick: dict[str, Any]) -> None:
        order, order_id = event["order"], event["order"]["order_id"]
        code = event.get("code", "FILLED")
        cause = orders.get(event["cause"])
        _hold(cause is not None and cause["order_id"] == order_id, "the cause of an outcome is not its order")
        late = abs(tick["closed_at"] - order["placed_at"])
        if code == "FILLED":
            self.filled += 1
            _hold(late <= tick["settings"]["deadline_ms"], "an order was filled after its deadline")
        first = self._outcome.get(order_id)
        if first is None:
            self._outcome[order_id] = code, order["placed_at"]
        else:
            _hold(code in AGAIN, f"law 11: order {order_id} was {first[0]}, and then {code}")
            _hold(
                late > LONGEST_DEADLINE_MS or self._is_flooded(event["player"], tick["closed_at"]),
                f"law 11: order {order_id} has a second outcome within its deadline, {code}",
            )
        self._decided_at.setdefault(event["player"], deque(maxlen=MANY)).append(tick["closed_at"])
        self.outcomes += 1
        self.codes[code] += 1

    def _is_flooded(self, player: str, now: int) -> bool:
        """Whether more orders of the player were decided lately than an account remembers."""
        decided = self._decided_at[player]
        return len(decided) == MANY and now - decided[0] <= 2 * LONGEST_DEADLINE_MS

    def _fill(self, event: dict[str, Any], tick: dict[str, Any]) -> int:
        """Laws 5 and 6: the price of the tick, before its trades, never better than exact. Returns the side."""
        order = event["order"]
        index = BIOMES.index(order["biome"])
        market = tick["markets"][index]
        side = -1 if order["kind"] == "sell_shares" else 1
        cash, shares, fee = int(event["cash"]), int(event["shares"]), int(event["fee"])
        frozen_cash = int(market["before"]) - int(market["pooled"]) + int(market["dealt"])
        frozen_shares = int(market["shares"]) - int(market["shares_bought"]) + int(market["shares_sold"])
        exact = shares * frozen_cash - cash * frozen_shares
        _hold(exact * side <= 0, "law 6: a fill is better than the price of its tick")
        _hold(abs(exact) < max(frozen_cash, frozen_shares), "law 5: a fill is not at the price of its tick")
        fee_bp = tick["settings"]["fee_bp"] + (tick["settings"]["rules"] == 2)  # as tests/rehearsal_rules.py has it
        _hold(fee == -(-cash * fee_bp // 10_000), "a fee is not the rate, rounded up")
        account = self.accounts[event["player"]]
        _hold(not account.frozen, "a frozen account has traded")
        account.cash -= side * cash + fee
        account.shares[index] += side * shares
        return side

    def _compare_account(self, event: dict[str, Any]) -> None:
        """Law 9 too: what was rejected has changed nothing."""
        account, after = self.accounts.get(event["player"]), event["account"]
        if account is None or after is None:
            _hold(account is None and after is None, "an event shows an account that does not exist, or hides one")
            return
        _hold(account.cash == int(after["cash"]) >= 0, "an account's cash is not what its events make it")
        _hold([str(held) for held in account.shares] == after["holdings"], "an account's shares are not its events'")
        _hold(min(account.shares) >= 0, "law 3: an account holds less than nothing")

    def _counts(self, tick: dict[str, Any], rejected: Counter[str], orders: dict[int, dict[str, Any]]) -> None:
        counts = tick["orders"]
        _hold(counts["rejected"] == dict(rejected), "it counts other rejections than there are")
        decided = counts["filled"] + sum(rejected.values())
        _hold(decided + counts["duplicates"] == len(orders), "orders and outcomes are not equally many")

    def _totals(self, tick: dict[str, Any]) -> None:
        if not tick["events"] and self._last:
            return
        accounts = self.accounts.values()
        _hold(tick["accounts"] == len(accounts), "it counts other accounts than there are")
        _hold(sum(account.cash for account in accounts) == int(tick["players_cash"]), "players' cash does not add up")
        held = [str(sum(shares)) for shares in zip(*(account.shares for account in accounts), strict=True)]
        _hold(held == tick["players_shares"] or not held, "players' shares do not add up")

    def _attention_is_accounted_for(self, tick: dict[str, Any]) -> None:
        """Law 10: what each shard has counted up to the offset that the tick names, and nothing else."""
        moved = [0] * 10
        receipt = tick["attention"]
        for shard, reach in enumerate(receipt["shards"]):
            if reach is None:
                continue
            _, before = self._attention[shard].at(self._reached[shard])
            time, after = self._attention[shard].at(reach["offset"])
            _hold(reach["reached"] == time, f"law 10: shard {shard} had not reached {reach['reached']}")
            _hold(reach["offset"] >= self._reached[shard], f"law 10: shard {shard} went back")
            self._reached[shard] = reach["offset"]
            moved = [total + new - old for total, new, old in zip(moved, after, before, strict=True)]
        stopped = [tick["halted"] or market["halted"] for market in tick["markets"]]
        counted = [0 if halted else points for halted, points in zip(stopped, moved[:7], strict=True)]
        names = ("over_cap", "wrong_partition", "malformed")
        discarded = dict(zip(names, moved[7:], strict=True)) | {"halted": sum(moved[:7]) - sum(counted)}
        _hold(counted == [m["attention"] for m in tick["markets"]], f"law 10: attention was {counted}")
        _hold(receipt["taken"] == sum(counted), "law 10: the sum of attention is another")
        _hold(
            receipt["discarded"] == {name: points for name, points in discarded.items() if points},
            f"law 10: {discarded} was discarded",
        )


def _read_input(entry: Entry) -> Any:
    """An input as JSON; None when it is none that the market takes. The simulation writes no other kind of wrong order."""
    try:
        message = decode(entry.value or b"")
    except msgspec.DecodeError:
        return None
    return message if isinstance(message, dict) and message.get("v") == 1 and "type" in message else None


def _hold(condition: bool, sentence: str) -> None:  # noqa: FBT001 -- reads as an assertion
    if not condition:
        raise Wrong(sentence)
