"""The market: closes ticks, decides orders, keeps accounts. The core is pure; the agent runs it."""
