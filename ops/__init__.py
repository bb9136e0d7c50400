"""Running it: the `biome` command, the embedded Kafka and PostgreSQL, and the supervisor."""
