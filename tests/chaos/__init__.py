"""Faults on a real market: real Kafka, real PostgreSQL, real workers, players that trade, and whoever is told to die.

`python -m tests.chaos --minutes 10 --seed 7`, or `make chaos`; docs/chaos.md. `tests/does_it_survive` plays each fault once.
"""
