"""Roles, sessions that can be ended, API keys, throttles, and admin commands with what became of them."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE users
    ADD COLUMN role text NOT NULL DEFAULT 'player' CHECK (role IN ('player', 'admin')),
    -- Access tokens name the version that they were given under. One more, and all of them are void.
    ADD COLUMN session_version integer NOT NULL DEFAULT 0;

-- Keys of programs. Only SHA-256 of the key is kept: a key has 256 bits of chance, so that nothing can be guessed from it.
CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    player uuid NOT NULL REFERENCES users,
    name text NOT NULL,
    prefix text NOT NULL,  -- the first characters, to be recognised by
    digest bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    last_used_at timestamptz,  -- to the minute
    revoked_at timestamptz
);
CREATE INDEX api_keys_of_a_player ON api_keys (player, created_at);

-- Tries that must hold across replicas (passwords, registrations). A row may go once its time has passed.
CREATE TABLE throttles (
    key bytea PRIMARY KEY,  -- SHA-256 of what is counted: a name that was typed may be a password
    spent_until timestamptz NOT NULL
);

-- Every admin command that the API gave, before it was produced: a retry sends the same bytes.
CREATE TABLE command_requests (
    command_id text PRIMARY KEY,
    digest bytea NOT NULL,
    at_ms bigint NOT NULL,
    message bytea NOT NULL  -- exactly as on market.inputs
);

-- What became of each command. Written by history, from the ticks' receipts; it has those given without the API as well.
CREATE TABLE commands (
    command_id text PRIMARY KEY,
    tick bigint NOT NULL,
    index integer NOT NULL,
    closed_at_ms bigint NOT NULL,
    command text NOT NULL,
    given_by text NOT NULL,
    reason text NOT NULL,
    at_ms bigint NOT NULL,
    applied boolean NOT NULL,
    refusal text,
    biome text,
    player text
);
CREATE UNIQUE INDEX commands_newest_first ON commands (tick DESC, index DESC);

INSERT INTO commands
SELECT receipt ->> 'command_id', ticks.tick, place - 1, ticks.closed_at_ms, receipt ->> 'command', receipt ->> 'by',
    receipt ->> 'reason', (receipt ->> 'at')::bigint, (receipt ->> 'applied')::boolean, receipt ->> 'refusal',
    receipt ->> 'biome', receipt ->> 'player'
FROM ticks, jsonb_array_elements(convert_from(body, 'UTF8')::jsonb -> 'commands') WITH ORDINALITY AS given (receipt, place)
WHERE position('"commands":[]'::bytea IN body) = 0  -- nearly every tick: not worth decoding
ORDER BY ticks.tick, place
ON CONFLICT (command_id) DO NOTHING;

-- What admins did that is no command of the market: roles, and dead letters that were produced again.
CREATE TABLE admin_actions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    action text NOT NULL,
    subject text NOT NULL,
    given_by text NOT NULL,
    reason text NOT NULL
);

CREATE TABLE redriven_letters (
    letter bigint PRIMARY KEY,  -- offset on dead.letters
    sent_offset bigint  -- null: Kafka did not acknowledge it, so it may be tried again
);
"""


def upgrade() -> None:
    """Make the tables, and take the commands of the ticks that are there already."""
    op.execute(TABLES)


def downgrade() -> None:
    """Refused: keys and the record of commands would be lost."""
    raise NotImplementedError("Keys and the record of commands are not thrown away: restore a backup instead.")
