"""Raw ticks and prices in partitions that are dropped when they are old; candles, which are kept for ever; standings."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTITIONED = """
ALTER TABLE ticks RENAME TO whole_ticks;
ALTER INDEX ticks_pkey RENAME TO whole_ticks_pkey;
ALTER INDEX ticks_closed_at RENAME TO whole_ticks_closed_at;
ALTER TABLE prices RENAME TO whole_prices;
ALTER INDEX prices_pkey RENAME TO whole_prices_pkey;

-- Partitions are made and dropped by history (streams/history/partitions.py).
CREATE TABLE ticks (
    tick bigint PRIMARY KEY,
    closed_at_ms bigint NOT NULL,
    hash text NOT NULL,
    body bytea NOT NULL  -- exactly as on market.ticks, so that the hash can be checked
) PARTITION BY RANGE (tick);
CREATE INDEX ticks_closed_at ON ticks (closed_at_ms);
CREATE TABLE prices (
    biome text NOT NULL,
    tick bigint NOT NULL,
    closed_at_ms bigint NOT NULL,
    price bigint NOT NULL,
    cash bigint NOT NULL,
    shares bigint NOT NULL,
    attention bigint NOT NULL,
    PRIMARY KEY (biome, tick)
) PARTITION BY RANGE (tick);

DO $$
DECLARE number bigint;
BEGIN
    FOR number IN SELECT DISTINCT tick / 14400 FROM whole_ticks LOOP
        EXECUTE format('CREATE TABLE ticks_p%s PARTITION OF ticks FOR VALUES FROM (%s) TO (%s)',
            number, number * 14400, (number + 1) * 14400);
        EXECUTE format('CREATE TABLE prices_p%s PARTITION OF prices FOR VALUES FROM (%s) TO (%s)',
            number, number * 14400, (number + 1) * 14400);
    END LOOP;
END $$;
INSERT INTO ticks SELECT tick, closed_at_ms, hash, body FROM whole_ticks;
INSERT INTO prices SELECT biome, tick, closed_at_ms, price, cash, shares, attention FROM whole_prices;
DROP TABLE whole_ticks;
DROP TABLE whole_prices;
"""

CANDLES = """
-- Volumes of a day pass 2^63 in the largest market that the rules allow.
CREATE TABLE candles (
    biome text NOT NULL,
    width text NOT NULL CHECK (width IN ('1m', '5m', '1h', '1d')),
    starts_at_ms bigint NOT NULL,
    first_tick bigint NOT NULL,
    last_tick bigint NOT NULL,
    last_closed_at_ms bigint NOT NULL,
    open bigint NOT NULL,
    high bigint NOT NULL,
    low bigint NOT NULL,
    close bigint NOT NULL,
    attention bigint NOT NULL,
    volume numeric(40, 0) NOT NULL,
    share_volume numeric(40, 0) NOT NULL,
    trades bigint NOT NULL,
    PRIMARY KEY (biome, width, starts_at_ms),
    CHECK (low <= open AND low <= close AND high >= open AND high >= close)
) WITH (fillfactor = 80);  -- the newest candles change at every tick, in place

INSERT INTO candles
WITH traded AS (
    SELECT tick, biome, sum(cash) AS volume, sum(shares) AS share_volume, count(*) AS trades
    FROM orders WHERE status = 'filled' GROUP BY tick, biome
)
SELECT biome, width, closed_at_ms - closed_at_ms % ms AS starts_at_ms, min(tick), max(tick), max(closed_at_ms),
    (array_agg(price ORDER BY tick))[1], max(price), min(price), (array_agg(price ORDER BY tick DESC))[1],
    sum(attention), coalesce(sum(volume), 0), coalesce(sum(share_volume), 0), coalesce(sum(trades), 0)
FROM prices LEFT JOIN traded USING (tick, biome)
CROSS JOIN (VALUES ('1m', 60000), ('5m', 300000), ('1h', 3600000), ('1d', 86400000)) AS widths (width, ms)
GROUP BY biome, width, starts_at_ms;
"""

STANDINGS = """
-- The leaderboard as of one tick, made again every few seconds (streams/history/standings.py) in the slot that nobody
-- reads. Not logged: after a crash of PostgreSQL they are empty until the next one.
CREATE UNLOGGED TABLE standings_0 (
    player text PRIMARY KEY,
    net_worth bigint NOT NULL,
    realized_gain bigint NOT NULL,
    net_worth_place bigint NOT NULL,
    net_worth_rank bigint NOT NULL,
    realized_gain_place bigint NOT NULL,
    realized_gain_rank bigint NOT NULL
);
CREATE UNLOGGED TABLE standings_1 (LIKE standings_0 INCLUDING ALL);
CREATE UNIQUE INDEX standings_0_net_worth ON standings_0 (net_worth_place);
CREATE UNIQUE INDEX standings_1_net_worth ON standings_1 (net_worth_place);
CREATE UNIQUE INDEX standings_0_realized_gain ON standings_0 (realized_gain_place);
CREATE UNIQUE INDEX standings_1_realized_gain ON standings_1 (realized_gain_place);
CREATE UNLOGGED TABLE standings_as_of (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    slot integer NOT NULL CHECK (slot IN (0, 1)),
    tick bigint NOT NULL,
    closed_at_ms bigint NOT NULL,
    players bigint NOT NULL
);
"""


def upgrade() -> None:
    """Move the rows there are into partitions, and make the candles that they give."""
    for statements in (PARTITIONED, CANDLES, STANDINGS):
        op.execute(statements)


def downgrade() -> None:
    """Refused: a projection is made again from the log rather than taken back."""
    raise NotImplementedError("Partitions are not taken back: drop the database and project the log again.")
