"""Traffic, realistic and hostile: players and bots that trade and ping, operators, strangers, and who sends things again."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka.partitioner import murmur2

from schemas.topics import ATTENTION_PINGS, MARKET_INPUTS
from tests.simulation.books import BIOMES, MICRO, Meaning
from tests.simulation.broker import EPOCH_MS, Broker, Write

if TYPE_CHECKING:
    from tests.simulation.books import Books

WINDOW_SECONDS: Final = 0.5
SPREAD_SECONDS: Final = 0.45
RUBBISH: Final = (
    b"",
    None,
    b"no json",
    b"{}",
    b"[1,2]",
    b'{"v":2,"type":"place_order"}',
    b'{"v":1,"type":"nothing"}',
    b'{"v":1,"type":"open_account","player":"","grant":1}',
    b'{"v":1,"type":"grant_cash","amount":1e3}',
    b"\xff\xfe\x00",
    b'{"v":1,"type":"ping","player":"p1","biome":"lava","points":1}',
)

encode = msgspec.json.encode


class Workload:
    """Draws what everyone does, window by window. What is appended is what counts: requests take their time."""

    def __init__(self, broker: Broker, random: Random) -> None:
        self.shards = len(broker.topics[ATTENTION_PINGS.name])
        self.meanings: dict[bytes, Meaning] = {}
        self.players = [f"p{number}" for number in range(random.choice((3, 6, 12)))]
        self.strangers = ["ghost", "p-late"]
        self.shard_of = {
            player: (murmur2(player.encode()) & 0x7FFFFFFF) % self.shards for player in [*self.players, *self.strangers]
        }
        self.books: Books
        self.api_skew_ms = 0
        self.stopped = False
        self._broker = broker
        self._random = random
        self._inputs = broker.partition(MARKET_INPUTS.name)
        self._orders = 0
        self._commands = 0
        self._sent: list[bytes] = []
        self._orders_a_window = random.choice((0.1, 0.2, 0.3, 0.5, 2.0))
        self._pings_a_window = random.choice((0.3, 1.0, 1.0, 2.0))
        self._moments = (0.1, 0.3)
        """At which requests of this window arrive: bursts, since each arrival costs the simulation time."""
        self._hostile = random.choice((0.0, 0.02, 0.1))
        self._settings: dict[str, Any] = {"attention_shards": self.shards}

    def begin(self) -> None:
        """Genesis, and the accounts."""
        self._post_input(encode({"type": "genesis", "v": 1, "settings": self._settings}), delay=0.01)
        for player in self.players:
            self._open(player)
        self._broker.loop.in_world(1.0, self._window)

    def now_ms(self) -> int:
        """The API's clock."""
        return EPOCH_MS + int(self._broker.loop.now * 1_000) + self.api_skew_ms

    def flood(self) -> int:
        """Many orders of one player at once. Returns how many."""
        player, count = self._random.choice(self.players), self._random.choice((65, 70, 130))
        for _ in range(count):
            self._order(player)
        return count

    def echo(self, topic: str) -> bool:
        """Append something again that stands in a log already: a batch sent twice, a retry, a late one."""
        log = self._random.choice(self._broker.topics[topic])
        if not log.entries:
            return False
        far = self._random.random() < 0.2
        entry = log.entries[self._random.randrange(0 if far else max(0, len(log.entries) - 60), len(log.entries))]
        self._broker.append(Write(log, entry.key, entry.value, entry.headers))
        return True

    def wrong_mark(self) -> None:
        """A clock of somebody else's: the right tick at any time, an old one, one to come."""
        latest = self.books.latest
        tick = (0 if latest is None else latest["tick"]) + self._random.choice((-3, 0, 1, 1, 1, 2, 3, 1_000))
        self._append_input(encode({"type": "close_window", "v": 1, "tick": max(0, tick), "due": self.now_ms()}))

    def operate(self) -> None:
        """Something that an operator does."""
        self._commands += 1
        draw = self._random
        head = {
            "v": 1,
            "command_id": f"command-{self._commands}",
            "at": self.now_ms() - draw.choice((0, 0, 0, 9_000, 60_000)),
            "by": "operator",
            "reason": "simulated",
        }
        player = draw.choice([*self.players, "ghost"])
        match draw.choice(("halt", "halt", "freeze", "grant", "settings")):
            case "halt":
                biome = draw.choice((None, *BIOMES))
                head |= {"type": "set_halt", "biome": biome, "halted": True}
                again = head | {"command_id": f"resume-{self._commands}", "halted": False}
                self._broker.loop.in_world(draw.uniform(0.1, 10.0), self._resume, again)
            case "freeze":
                head |= {"type": "set_freeze", "player": player, "frozen": draw.random() < 0.5}
            case "grant":
                head |= {"type": "grant_cash", "player": player, "amount": draw.choice((1, 5_000 * MICRO, 10**15))}
            case _:
                self._settings = self._settings | {
                    "rules": draw.choice((1, 2)),
                    "fee_bp": draw.choice((0, 200, 5_000)),
                    "pool_bp": draw.choice((0, 2_500, 10_000)),
                    "deadline_ms": draw.choice((1_000, 10_000)),
                    "orders_per_minute": draw.choice((5, 60)),
                    "minimum_hold_ticks": draw.choice((0, 3)),
                    "attention_stale_ms": draw.choice((1_000, 2_000, 60_000)),
                    "window_ms": draw.choice((250, 500, 500, 1_000)),
                }
                head |= {"type": "change_settings", "settings": self._settings}
        self._post_input(encode(head))

    def _resume(self, command: dict[str, Any]) -> None:
        """An operator who resumes is there even when all others have gone."""
        self._append_input(encode(command | {"at": self.now_ms()}))

    def _window(self) -> None:
        if self.stopped:
            return
        draw = self._random
        self._moments = (draw.random() * SPREAD_SECONDS, draw.random() * SPREAD_SECONDS)
        for _ in range(self._count(self._orders_a_window)):
            self._order(draw.choice(self.players) if draw.random() < 0.97 else draw.choice(self.strangers))
        for shard in range(self.shards):
            for _ in range(self._count(self._pings_a_window)):
                self._ping(shard)
        if draw.random() < self._hostile:
            self._be_hostile()
        self._broker.loop.in_world(WINDOW_SECONDS, self._window)

    def _count(self, mean: float) -> int:
        whole = int(mean)
        return whole + (self._random.random() < mean - whole)

    def _be_hostile(self) -> None:
        value = self._random.choice(RUBBISH)
        if self._random.random() < 0.5:
            self._post_input(value)
        else:
            self._post(self._random.choice(self._broker.topics[ATTENTION_PINGS.name]), None, value)

    def _open(self, player: str) -> None:
        for _ in range(self._random.choice((1, 1, 2))):
            self._post_input(encode({"type": "open_account", "v": 1, "player": player, "grant": 10_000 * MICRO}))

    def _order(self, player: str) -> None:
        self._orders += 1
        draw = self._random
        latest = self.books.latest
        account = self.books.accounts.get(player)
        biome = draw.randrange(7)
        if latest is not None and draw.random() < 0.5:
            biome = max(range(7), key=lambda index: int(latest["markets"][index]["attention"]))
        held = account.shares[biome] if account else 0
        order: dict[str, Any] = {
            "type": "place_order",
            "v": 1,
            "order_id": f"order-{self._orders}",
            "player": player,
            "biome": BIOMES[biome],
            "placed_at": self.now_ms() + draw.choice((0, 0, 0, 0, 0, 0, 0, -900, -5_000, -9_990, -11_000, 400, 5_000)),
        }
        drawn = draw.random()
        if held and drawn < 0.45:
            order |= {"kind": "sell_shares", "quantity": draw.choice((held, held // 2, held + 1, 1))}
        elif drawn < 0.7:
            shares = draw.choice((1, 10, 40)) * MICRO
            order |= {"kind": "buy_shares", "quantity": shares, "max_pay": draw.choice((500, 5_000)) * MICRO}
        else:
            amount = draw.choice((0, 1, MICRO, 50 * MICRO, 500 * MICRO, 500 * MICRO, 9_000 * MICRO, 10**6 * MICRO))
            order |= {"kind": "buy_cash", "quantity": amount}
        if latest is not None and draw.random() < 0.3:
            price = int(latest["markets"][biome]["price"])
            order["limit"] = price * draw.choice((90, 100, 110)) // 100
        if draw.random() < 0.98:  # without one, the second version of the rules does not understand it
            order["client_order_id"] = f"mine-{self._orders}"
        value = encode(order)
        self._post_input(value)
        if draw.random() < 0.08:  # a client that tries again, soon or late
            self._broker.network.faults["order sent again"] += 1
            self._post_input(value, delay=draw.choice((0.0, 0.3, 2.0, 9.0, 15.0, 30.0)))

    def _ping(self, shard: int) -> None:
        draw = self._random
        players = self.players if draw.random() < 0.1 else [p for p in self.players if self.shard_of[p] == shard]
        if not players:
            return
        pings = tuple(
            (draw.choice(players), BIOMES[draw.randrange(7)], draw.choice((1, 1, 2, 3, 12)))
            for _ in range(draw.choice((1, 2, 4)))
        )
        malformed = 0
        if len(pings) == 1 and draw.random() < 0.5:
            player, biome, points = pings[0]
            value = encode({"type": "ping", "v": 1, "player": player, "biome": biome, "points": points})
        else:
            entries: list[Any] = list(pings)
            if draw.random() < 0.03:
                entries.insert(draw.randrange(len(entries) + 1), ["x", "lava", 1])
                malformed = 1
            value = encode({"type": "pings", "v": 1, "pings": entries})
        self.meanings[value] = Meaning(pings, malformed)
        self._post(self._broker.partition(ATTENTION_PINGS.name, shard), None, value)

    def _post_input(self, value: bytes | None, *, delay: float | None = None) -> None:
        self._post(self._inputs, None, value, delay=delay)

    def _post(self, log: Any, key: bytes | None, value: bytes | None, *, delay: float | None = None) -> None:
        """Append a little later, at any moment of the window, or when the brokers are back."""
        after = self._random.choice(self._moments) if delay is None else delay
        self._broker.loop.in_world(after, self._arrive, Write(log, key, value, ()))

    def _arrive(self, write: Write) -> None:
        wait = self._broker.network.away_until - self._broker.loop.now
        if wait > 0:
            self._broker.loop.in_world(wait + self._random.random(), self._arrive, write)
        else:
            self._broker.append(write)

    def _append_input(self, value: bytes) -> None:
        self._arrive(Write(self._inputs, None, value, ()))


Act = Callable[[], None]
