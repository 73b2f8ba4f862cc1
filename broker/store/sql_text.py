"""SQL put together from fixed text and numbered arguments: values never become text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from broker.ngsi.values import format_instant
from kit.json import JsonValue

FOR_THIS_TENANT = "SET LOCAL plan_cache_mode = force_custom_plan"
"""For statements that go through all rows of a tenant, first in their transaction.

What a connection has run a few times PostgreSQL plans once for all tenants: where one of them has
most rows of a shared database, that plan goes through all of them, for the smallest tenant too.
"""


@dataclass(slots=True)
class Statement:
    """The arguments of a statement being put together, for one tenant at one instant.

    Args:
        tenant: always $1.
        now: what has expired by then is not seen.
    """

    tenant: int
    now: datetime
    args: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.args.append(self.tenant)

    def bind(self, value: object, type_: str) -> str:
        """Take a value as an argument and answer with its place, typed."""
        self.args.append(value)
        return f"${len(self.args)}::{type_}"

    def bind_path(self, path: str) -> str:
        """Take a jsonpath as an argument; the server parses it once for all rows."""
        return self.bind(path, "jsonpath")

    def bind_variables(self, variables: Mapping[str, JsonValue]) -> str:
        """Take the variables of a jsonpath, and the present instant for its `VISIBLE` parts.

        Not by orjson: an integer may be longer than 64 bits.
        """
        return self.bind(json.dumps({**variables, **present(self.now)}).encode(), "jsonb")


VISIBLE = (
    "(!exists(@.expiresAt) || @.expiresAt > $nowSecond"
    " || (@.expiresAt starts with $nowPoint && @.expiresAt > $nowExact))"
)
"""In a jsonpath: the instance has not expired. Instants are texts, see `format_instant`.

An instant of a later second is the greater text than the present second with its Z; one of the same
second has a fraction, of six digits as the present one's.
"""


def present(now: datetime) -> dict[str, JsonValue]:
    """Give the variables that `VISIBLE` reads."""
    second = format_instant(now.replace(microsecond=0))[:-1]
    return {
        "nowSecond": f"{second}Z",
        "nowPoint": f"{second}.",
        "nowExact": f"{second}.{now.microsecond:06d}Z",
    }
