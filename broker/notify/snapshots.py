"""Notifications of snapshots' status over HTTP (port `SnapshotSender`)."""

from broker.ngsi.notification import NotificationMessage
from broker.ngsi.subscription import Endpoint
from broker.notify.http import HttpSender
from broker.notify.ports import Undelivered


class SnapshotMessages:
    """Posts what receivers of a snapshot's status are told.

    Args:
        http: posts behind the guard.
        timeout_s: how long a receiver may take to answer.
    """

    def __init__(self, http: HttpSender, timeout_s: float) -> None:
        self._http = http
        self._timeout_s = timeout_s

    async def send(self, endpoint: Endpoint, message: NotificationMessage) -> str | None:
        """Send one message; answers with why it did not arrive, or None."""
        try:
            await self._http.send(endpoint, message, self._timeout_s)
        except Undelivered as failure:
            return str(failure)
        return None
