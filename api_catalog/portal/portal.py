"""The portal's pages, put together."""

from starlette.routing import Route

from api_catalog.portal.entries import EntryPages
from api_catalog.portal.front import Front
from api_catalog.portal.house import portal_pages
from api_catalog.portal.models import ModelPages
from api_catalog.portal.parties import PartyPages
from api_catalog.portal.searching import Searching
from api_catalog.portal_ports import Portal
from kit.pages.rendering import Site


def portal_routes(portal: Portal, site: Site) -> list[Route]:
    """Make the routes of the portal, to be mounted at the root.

    Args:
        portal: the ports.
        site: what all pages share.
    """
    pages = portal_pages(site)
    return [
        *Front(portal, pages).routes(),
        *Searching(portal, pages).routes(),
        *EntryPages(portal, pages).routes(),
        *ModelPages(portal, pages).routes(),
        *PartyPages(portal, pages).routes(),
    ]
