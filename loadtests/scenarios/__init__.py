"""Locust scenarios, one a module; each runs against any NGSI-LD broker by its URL."""
