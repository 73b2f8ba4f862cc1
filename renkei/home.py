"""The home page: where everything is, in Japanese and English."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from joint_use import DEFAULT_TENANT, Tenant
from kit.errors import RenkeiError
from kit.pages.address import base_of
from kit.pages.rendering import Pages, Site


class Home:
    """The page at `/`.

    Args:
        site: what all pages share.
        tenants: the municipalities to show.
    """

    def __init__(self, site: Site, tenants: Callable[[], Awaitable[Sequence[Tenant]]]) -> None:
        self._pages = Pages(site, "renkei", "pages")
        self._tenants = tenants

    async def page(self, request: Request) -> Response:
        """Show where everything is."""
        try:
            tenants = await self._tenants()
        except RenkeiError:
            tenants = ()  # the page tells where things are, also while the database is away
        named = [tenant.name for tenant in tenants if tenant.name != DEFAULT_TENANT]
        return self._pages.render(
            request,
            "home.html",
            base=base_of(request),
            tenants=tenants,
            example=named[0] if named else DEFAULT_TENANT,
        )

    def routes(self) -> list[Route]:
        """The one path."""
        return [self._pages.route("/", self.page)]
