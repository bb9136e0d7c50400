"""What is said: units, biomes, every topic and every message, declared once.

This package imports nothing else of the project, so that every other part may import it.
"""
