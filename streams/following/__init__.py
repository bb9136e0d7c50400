"""Following the market from outside: whole ticks, in order, each exactly once, from what read_committed shows."""
