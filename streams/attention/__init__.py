"""Attention: counts what players give to biomes, and reports it to the market. The core is pure; the agent runs it."""
