"""Locust scenarios for operators, against any NGSI-LD broker by its URL.

Run with `python -m locust -f loadtests/locustfile.py Operator --headless --host URL` from the
repository's root (docs/performance.md); without a user class's name all of them take part.
"""

from locust import events

from loadtests.headers import listen
from loadtests.scenarios.operators_day import Operator

__all__ = ["Operator"]

listen(events)
