"""What history computes by itself: what shares have cost, and what selling them gained. Pure."""
