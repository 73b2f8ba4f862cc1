"""Imports a bad CSV file of many rows in a process of its own and prints what it took.

`python -m tests.scenarios.imports.memory ROWS`: each seventh row is shifted, each eleventh is there
twice, each thirteenth has no name.
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datamodels import import_file, model_named, read_file
from kit.json import JsonObject

_HEADER = "全国地方公共団体コード,ID,名称,住所,緯度,経度,電話番号\n"
_MIB = 1024


class Nowhere:
    """Takes entities as a broker does, and keeps none."""

    async def existing(self, ids: Sequence[str]) -> Mapping[str, JsonObject]:
        return {}

    async def upsert(self, entities: Sequence[JsonObject]) -> Mapping[str, str]:
        return {}

    async def remove(self, id_: str, attributes: Sequence[str]) -> None:
        raise AssertionError(id_, attributes)


def lines(rows: int) -> Iterator[str]:
    for number in range(rows):
        id_ = number - 1 if number % 11 == 10 else number
        name = "" if number % 13 == 12 else f"施設{number}"
        shifted = "," if number % 7 == 6 else ""
        yield f"372013,{id_},{name},高松市番町{number % 900},34.34,134.04,087-839-2011{shifted}\n"


def main() -> None:
    rows, model = int(sys.argv[1]), model_named("PublicFacility")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "bad.csv"
        with path.open("w", encoding="cp932") as file:
            file.write(_HEADER)
            file.writelines(lines(rows))
        began_s = time.monotonic()
        reading = read_file(path, model)
        report = asyncio.run(
            import_file(Nowhere(), model, reading.rows(), governed=reading.governed)
        )
    told = {
        "rows": report.rows,
        "taken": report.taken,
        "refused": report.refused,
        "seconds": round(time.monotonic() - began_s, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MIB,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
