"""Users, order requests, and what history projects. All amounts are whole micro units; all ``_ms`` are Unix time."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
-- Written by the API.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    username text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    opened_at_tick bigint  -- set by history
);
CREATE UNIQUE INDEX users_username ON users (lower(username));

-- Accounts that still have to be opened: OpenAccount is sent until history deletes the row.
CREATE TABLE account_openings (
    player uuid PRIMARY KEY REFERENCES users,
    grant_micro bigint NOT NULL CHECK (grant_micro >= 0),
    sent_at timestamptz
);

-- Every order that the API took, before it was produced: identity, terms, and the time from which its deadline counts.
CREATE TABLE order_requests (
    order_id text PRIMARY KEY,
    player text NOT NULL,
    client_order_id text NOT NULL,
    digest bytea NOT NULL,
    biome text NOT NULL,
    kind text NOT NULL,
    quantity bigint NOT NULL,
    limit_price bigint,
    max_pay bigint,
    placed_at_ms bigint NOT NULL,
    sent_at timestamptz,
    decided boolean NOT NULL DEFAULT false  -- set by history
);
CREATE INDEX order_requests_undecided ON order_requests (placed_at_ms) WHERE NOT decided;

-- Written by history.
CREATE TABLE orders (
    order_id text PRIMARY KEY,
    player text NOT NULL,
    client_order_id text,
    biome text NOT NULL,
    kind text NOT NULL,
    quantity bigint NOT NULL,
    limit_price bigint,
    max_pay bigint,
    placed_at_ms bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('filled', 'rejected')),
    tick bigint NOT NULL,
    index integer NOT NULL,
    price bigint,
    shares bigint,
    cash bigint,
    fee bigint,
    code text,
    detail text,
    CHECK ((status = 'filled') = (shares IS NOT NULL AND cash IS NOT NULL AND fee IS NOT NULL AND price IS NOT NULL)),
    CHECK ((status = 'rejected') = (code IS NOT NULL AND detail IS NOT NULL))
);
CREATE UNIQUE INDEX orders_newest_first ON orders (player, tick DESC, index DESC);

CREATE TABLE accounts (
    player text PRIMARY KEY,
    cash bigint NOT NULL CHECK (cash >= 0),
    frozen boolean NOT NULL,
    tick bigint NOT NULL,
    realized_gain bigint NOT NULL,
    fees_paid bigint NOT NULL
);
CREATE TABLE holdings (
    player text NOT NULL REFERENCES accounts,
    biome text NOT NULL,
    shares bigint NOT NULL CHECK (shares >= 0),
    cost_basis bigint NOT NULL CHECK (cost_basis >= 0),
    realized_gain bigint NOT NULL,
    PRIMARY KEY (player, biome)
);

CREATE TABLE ticks (
    tick bigint PRIMARY KEY,
    closed_at_ms bigint NOT NULL,
    hash text NOT NULL,
    body bytea NOT NULL  -- exactly as on market.ticks, so that the hash can be checked
);
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
);

-- Where history reads on. Advanced by compare-and-set, so that two histories cannot both project a tick.
CREATE TABLE projection_offsets (
    topic text PRIMARY KEY,
    next_offset bigint NOT NULL
);
INSERT INTO projection_offsets (topic, next_offset) VALUES ('market.ticks', 0), ('trade.events', 0);
"""


def upgrade() -> None:
    """Make the first tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Refused: a projection is made again from the log rather than taken back."""
    raise NotImplementedError("The first tables are not taken back: drop the database and project the log again.")
