"""Hypothesis for all properties here: no deadline, since a shared machine is slow at times and speed is not the question."""

from hypothesis import HealthCheck, settings

settings.register_profile("laws", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")
