"""A file that is imported again and again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Where a tenant's entities of a model come from, and how often they are looked for.

    Args:
        id: its number; 0: it has none yet.
        tenant: the tenant's number; `tenant_name`: its name.
        source: an http(s) URL, or a file or folder of the operator's import folder.
        mapping: the English name of the column for a header; "": it is not taken.
        series: begins the ids that are made up for rows without one.
        deletes_vanished: entities that the source no longer has are deleted; else reported.
        next_at: when it is due.
        etag: what the server called the version that was read last; `last_modified`: its date.
        report: what became of the last import; None: there was none.
    """

    tenant: int
    tenant_name: str
    type: str
    source: str
    every_s: int
    next_at: datetime
    id: int = 0
    municipality: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    series: str | None = None
    deletes_vanished: bool = False
    etag: str | None = None
    last_modified: str | None = None
    report: JsonObject | None = None
    set_by: str = ""
    set_at: datetime | None = None


def is_url(source: str) -> bool:
    """Tell whether a source is fetched over HTTP.

    >>> is_url("https://www.example.jp/aed.csv"), is_url("aed/today.csv")
    (True, False)
    """
    return source.startswith(("http://", "https://"))
