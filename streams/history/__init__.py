"""Projects ticks and trade events into PostgreSQL, each exactly once: rows and offsets in one SQL transaction."""
