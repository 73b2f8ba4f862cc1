"""What of the NGSI-LD API can be tried in the sandbox, and at which address.

Nothing that reaches out of the sandbox: no subscriptions, which would notify whomever somebody
names, no hosted @contexts, no copies.
"""

import re

SANDBOX = "/sandbox"
"""Begins the addresses of the sandbox; behind it stands the path of the API."""

_TRIED = re.compile(
    r"/ngsi-ld/v1/(entities|types|attributes)(/[^?#]*)?"
    r"|/ngsi-ld/v1/entityOperations/(query|create|upsert|update|merge|delete)",
    re.ASCII,
)


def is_tried(path: str) -> bool:
    """Tell whether a path of the API is in the sandbox.

    >>> is_tried("/ngsi-ld/v1/entities/{entityId}"), is_tried("/ngsi-ld/v1/subscriptions")
    (True, False)
    """
    return _TRIED.fullmatch(path) is not None
