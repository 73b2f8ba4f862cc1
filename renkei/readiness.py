"""What a worker needs before it is sent requests, as /health/ready tells it."""

import time
from collections.abc import Mapping

import api_catalog
import broker
import datamodels
import idp_federation
import joint_use
from kit.errors import RenkeiError
from kit.migrate import is_current
from renkei.departure import Departure
from renkei.health import Check
from renkei.platform import Platform

CONTROL_SCHEMA = (
    joint_use.MIGRATIONS,
    broker.CONTROL_MIGRATIONS,
    idp_federation.MIGRATIONS,
    datamodels.MIGRATIONS,
    api_catalog.MIGRATIONS,
)
"""The packages whose migrations the control database has, in this order."""

_CURRENT_S = 60.0


class SchemaBehind(RenkeiError):
    """The control database lacks migrations of this program."""


class NotListening(RenkeiError):
    """This process is not told what other processes change."""


def checks(platform: Platform, departure: Departure) -> Mapping[str, Check]:
    """Answer with what is looked at, by the name that operators read."""

    async def control_database() -> None:
        async with platform.databases.connection(platform.control) as connection:
            await connection.execute("SELECT 1")

    async def listener() -> None:
        if not platform.listener.is_listening:
            raise NotListening(
                "This process does not hear what others change (tenants, policies, keys, contexts):"
                " it connects to the control database again every half second"
            )

    return {
        "this process": departure.check,
        "control database": control_database,
        "schema": _Schema(platform).check,
        "listener": listener,
    }


class _Schema:
    """Whether the control database has what this program's migrations make.

    It is once it is; a restore to an earlier time is found within a minute.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._current_until_s = 0.0

    async def check(self) -> None:
        if time.monotonic() < self._current_until_s:
            return
        async with self._platform.databases.admin(self._platform.control) as connection:
            for package in CONTROL_SCHEMA:
                if not await is_current(connection, package):
                    house = package.partition(".")[0]
                    raise SchemaBehind(
                        f"The control database lacks migrations of {house}: run `renkei migrate`"
                    )
        self._current_until_s = time.monotonic() + _CURRENT_S
