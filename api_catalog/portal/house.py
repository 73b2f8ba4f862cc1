"""What all pages of the portal share: templates, words, and how errors are told."""

from importlib.resources import files
from urllib.parse import urlsplit

import js_lib_leaflet

from api_catalog.catalog.errors import CatalogError, EntryUnknown
from api_catalog.catalog.words import Words
from api_catalog.portal.words import KNOWN
from kit.pages import refusals
from kit.pages.language import Language
from kit.pages.refusals import PageRefused
from kit.pages.rendering import Pages, Site

ASSETS = "portal"
LEAFLET = "leaflet"
_LEAFLET_FILES = ("leaflet.css", "leaflet.js")  # no markers, no layers: its pictures are not used


def portal_pages(site: Site) -> Pages:
    """Make what renders the portal's pages, and serve their style sheet and scripts."""
    site.assets.add(ASSETS, files("api_catalog") / "portal/static")
    site.assets.add(LEAFLET, files(js_lib_leaflet) / "static/js_lib_leaflet", _LEAFLET_FILES)
    known = {**KNOWN, "say": say, "is_told": is_told, "path_of": path_of, "in_one": in_one}
    return Pages(site, "api_catalog.portal", explain=_explained, known=known)


def say(words: Words, language: Language) -> str:
    """Answer with words in a language, or in the one that there is.

    >>> say(Words("避難所"), "en")
    '避難所'
    """
    return words.ja if language == "ja" else words.en or words.ja


def path_of(url: str) -> str:
    """Answer with the part of an address behind the host, for links within this platform.

    >>> path_of("https://renkei.example/models/AED?form=concise")
    '/models/AED?form=concise'
    """
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def is_told(words: Words, language: Language) -> bool:
    """Tell whether words are there in a language."""
    return language == "ja" or bool(words.en)


def in_one(text: str, language: Language) -> str:
    """Answer with one half of a text that says the same in Japanese and English.

    >>> in_one("検索 / Search", "en"), in_one("and/or / not", "ja")
    ('Search', 'and/or / not')
    """
    first, between, second = text.partition(" / ")
    if not between or first.isascii() or not second.isascii():
        return text
    return first if language == "ja" else second


def _explained(error: Exception) -> PageRefused | None:
    """Say that there is no such entry; what else the catalog refuses, no page asks for."""
    if isinstance(error, EntryUnknown):
        return refusals.not_found()
    if isinstance(error, CatalogError):
        return refusals.unreadable()
    return None
