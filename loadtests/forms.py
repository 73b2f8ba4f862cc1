"""Forms of a page, as a browser without scripts sees them."""

import re
from html import unescape

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


def form_of(page: str, action: str) -> tuple[str, dict[str, str]] | None:
    """Find the form whose address contains a text: the address and the fields as they come.

    >>> form_of('<form action="/sign-in?a=1&amp;b=2"><input name="c" value="3"></form>', "sign-in")
    ('/sign-in?a=1&b=2', {'c': '3'})
    """
    for attributes, content in _FORM.findall(page):
        told = _told(attributes)
        target = told.get("action", "")
        if action not in target or "data-passkey" in told:
            continue
        inputs = [_told(one) for one in _INPUT.findall(content)]
        kept = [one for one in inputs if one.get("type") not in {"radio", "checkbox"}]
        return target, {one["name"]: one.get("value", "") for one in kept if "name" in one}
    return None


def _told(attributes: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
