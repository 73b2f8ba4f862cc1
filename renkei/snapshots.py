"""Snapshots: the broker's parts that fill and clear them in the background, put together."""

from dataclasses import dataclass

from broker import (
    Broker,
    Filler,
    SnapshotKeeper,
    SnapshotMessages,
    SnapshotRows,
    StoredSnapshots,
    TenantDatabases,
)
from kit.sealing import Seal
from kit.tasks import Tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """What one process has put together for snapshots."""

    shelf: StoredSnapshots
    keeper: SnapshotKeeper
    rows: SnapshotRows
    messages: SnapshotMessages

    def start(self, tasks: Tasks, broker: Broker) -> None:
        """Fill and clear, as long as the tasks run."""
        filler = Filler(broker=broker, filling=self.rows, sender=self.messages)
        tasks.start("snapshots", lambda: self.keeper.run(filler))


def assemble_snapshots(
    tenants: TenantDatabases,
    seal: Seal,
    messages: SnapshotMessages,
) -> Snapshots:
    """Put the parts together; nothing is connected yet."""
    return Snapshots(
        shelf=StoredSnapshots(tenants, seal),
        keeper=SnapshotKeeper(),
        rows=SnapshotRows(tenants, seal),
        messages=messages,
    )
