"""Fuzzing: what takes bytes from others is given every kind of bytes. docs/fuzzing.md says how to run it and what it found."""
