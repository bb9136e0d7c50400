"""The HTTP tier: stateless replicas that never own money. They write orders, openings and pings to Kafka, read what
history projected into PostgreSQL, and follow ticks and trade events for the live stream.
"""
