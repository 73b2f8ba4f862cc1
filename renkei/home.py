"""The home page: where everything is, in Japanese and English."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from joint_use import DEFAULT_TENANT, Tenant
from kit.errors import RenkeiError

_PAGES = Environment(
    loader=PackageLoader("renkei", "pages"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Home:
    """The page at `/`.

    Args:
        auth: whether requests need a token; said at the top when they do not.
        tenants: the municipalities to show.
    """

    auth: str
    tenants: Callable[[], Awaitable[Sequence[Tenant]]]

    async def page(self, request: Request) -> Response:
        """Show where everything is."""
        try:
            tenants = await self.tenants()
        except RenkeiError:
            tenants = ()  # the page tells where things are, also while the database is away
        named = [tenant.name for tenant in tenants if tenant.name != DEFAULT_TENANT]
        html = _PAGES.get_template("home.html").render(
            base=str(request.base_url).rstrip("/"),
            auth=self.auth,
            tenants=tenants,
            example=named[0] if named else DEFAULT_TENANT,
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": _CSP})

    def routes(self) -> list[Route]:
        """The one path."""
        return [Route("/", self.page, include_in_schema=False)]


_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
