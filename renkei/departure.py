"""That this process is about to end, as /health/ready tells it."""

from kit.errors import RenkeiError


class Leaving(RenkeiError):
    """This process ends soon and should be sent nothing more."""


class Departure:
    """Whether this process is about to end."""

    def __init__(self) -> None:
        self._is_near = False

    def begin(self) -> None:
        """Say so from now on."""
        self._is_near = True

    async def check(self) -> None:
        """Be one of the things that must be so before requests are sent here.

        Raises:
            Leaving: this process ends soon.
        """
        if self._is_near:
            raise Leaving("This process is stopping: send requests to another one")
