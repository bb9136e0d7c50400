"""The audit: are the books exact, and does everything that shows them agree? Written apart from the market's core."""
