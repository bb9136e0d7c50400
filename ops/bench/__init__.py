"""`biome bench`: how fast a running market answers. Benchmarks measure and never decide: tests do that."""
