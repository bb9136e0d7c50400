"""The tables, one Alembic revision after the other. Applied by ``streams.history.migration``."""
