"""Which request an order came with, who sends a dead letter again at the moment, and usernames by a player's id as text."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
-- X-Request-Id of the request that placed the order first. Null: from before this was kept.
ALTER TABLE order_requests ADD COLUMN request_id text;

-- While somebody sends it: nobody else does. It is long past when that process has died.
ALTER TABLE redriven_letters ADD COLUMN claimed_at timestamptz;

-- The leaderboard's names: players are texts there, since game servers name theirs as they like.
CREATE INDEX users_id_as_text ON users ((id::text));
"""


def upgrade() -> None:
    """Two columns that are null, and an index: no row is rewritten."""
    op.execute(TABLES)


def downgrade() -> None:
    """Nothing of it is needed by older code."""
    op.execute("DROP INDEX users_id_as_text")
    op.execute("ALTER TABLE redriven_letters DROP COLUMN claimed_at")
    op.execute("ALTER TABLE order_requests DROP COLUMN request_id")
