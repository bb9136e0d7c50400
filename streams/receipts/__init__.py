"""What a tick's receipt proves by itself, and what it tells about a price. Pure: for anyone who has the ticks and nothing else."""
