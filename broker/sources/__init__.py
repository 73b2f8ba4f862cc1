"""Mediation to tenants' own NGSI-LD endpoints: connections, credentials, repetition, breakers."""
