"""The processors: each a pure core, and a thin Faust agent on the durable loop of ``streams.durable``."""
