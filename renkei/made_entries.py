"""What keeps the entries that are made from tenants' data, put together."""

from collections.abc import Callable, Collection

from api_catalog import EntryStore, LookStore, MadeEntriesKeeper, Making, Pace
from joint_use import TENANTS_CHANNEL
from joint_use.store.policies import CHANNEL as POLICIES_CHANNEL
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.listen import Listener
from renkei.holdings import TenantHoldings
from renkei.settings import Settings


def assemble_made_entries(
    settings: Settings,
    databases: Databases,
    control: Database,
    holdings: TenantHoldings,
    written: Callable[[], Collection[str]],
    listener: Listener,
) -> MadeEntriesKeeper:
    """Put the parts together; nothing is connected yet.

    Args:
        settings: they say how often is looked.
        databases: the process's connections.
        control: the control database.
        holdings: what tenants hold.
        written: names the tenants that this process has written to since it was last asked.
        listener: hears of policies and tenants that change.
    """
    looks = settings.api_catalog.looks
    keeper = MadeEntriesKeeper(
        Making(
            shelf=EntryStore(databases, control),
            looks=LookStore(databases, control),
            holdings=holdings,
            model_of=holdings.model_of,
            clock=utc_now,
            platform=holdings.owners.platform,
            platform_itself=holdings.owners.platform_itself,
        ),
        Pace(pause_s=looks.pause_s, round_s=looks.round_s, part=looks.part),
        written,
    )

    def hear_of_policy(number: str) -> None:
        name = holdings.names.get(int(number))
        if name is None:
            keeper.tell_all()
        else:
            keeper.tell(name)

    listener.hear(POLICIES_CHANNEL, hear_of_policy, keeper.tell_all)
    listener.hear(TENANTS_CHANNEL, keeper.tell, keeper.tell_all)
    return keeper
