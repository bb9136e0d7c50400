"""A deterministic simulation of the market: the real durable loop and the real cores, in one process, over a simulated
Kafka, in virtual time, all from one seed (docs/simulation.md).
"""
