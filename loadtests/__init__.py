"""Load tests: how fast an NGSI-LD broker answers, and whether what it acknowledged is there.

`peak` measures peaks with a generator of its own; `locustfile` plays an operator's day.
"""
