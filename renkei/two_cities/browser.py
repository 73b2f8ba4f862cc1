"""A browser without scripts that walks from site to site: cookies, redirections, forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from ssl import SSLContext
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2

from kit.errors import RenkeiError

_MOST_STEPS = 20
_TIMEOUT_S = 60.0


class LostWay(RenkeiError):
    """A page is not what was expected."""


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and what it already holds."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    is_for_scripts: bool = False


class Browser:
    """A browser of one person.

    Args:
        tls: whose certificates it believes.
        ends_at: what the addresses begin with to which services have people sent back; it goes no
            further there.
    """

    def __init__(self, tls: SSLContext, ends_at: str) -> None:
        self._http = httpx2.Client(
            timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False, verify=tls
        )
        self._cookies: dict[str, dict[str, str]] = {}
        self._ends_at = ends_at
        self.address = ""
        self.text = ""

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def visit(self, url: str) -> str:
        """Open a page; answers with the text where the redirections end."""
        return self._walk("GET", url, None)

    def fill(self, action: str, typed: Mapping[str, str]) -> str:
        """Fill in the page's form whose action has a text in it, and send it.

        Raises:
            LostWay: there is none that has all these fields.
        """
        for form in forms_in(self.text):
            if action in form.action and typed.keys() <= form.names and not form.is_for_scripts:
                target = urljoin(self.address, form.action)
                return self._walk("POST", target, {**form.fields, **typed})
        raise LostWay(f"The page {self.address} has no form {action!r} with {sorted(typed)}")

    @property
    def has_arrived(self) -> bool:
        """Whether it was sent back to a service."""
        return self.address.startswith(self._ends_at)

    def arrived(self) -> Mapping[str, str]:
        """Read what a service is told in the address that the browser was sent back to.

        Raises:
            LostWay: it was not sent back.
        """
        if not self.has_arrived:
            raise LostWay(f"The browser is still at {self.address}")
        return {name: one[0] for name, one in parse_qs(urlsplit(self.address).query).items()}

    def _walk(self, method: str, url: str, form: Mapping[str, str] | None) -> str:
        """Send a request and follow where it leads."""
        for _ in range(_MOST_STEPS):
            self.address = url
            if self.has_arrived:
                self.text = ""
                return ""
            answer = self._send(method, url, form)
            location = answer.headers.get("location")
            if location is None:
                self.text = answer.text
                return self.text
            method, url, form = "GET", urljoin(url, location), None
        raise LostWay(f"The redirections do not end at {url}")

    def _send(self, method: str, url: str, form: Mapping[str, str] | None) -> httpx2.Response:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        jar = self._cookies.setdefault(origin, {})
        headers = {"accept-language": "ja"}
        if jar:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if method == "POST":
            headers["origin"] = origin
        sent = None if form is None else dict(form)
        answer = self._http.request(method, url, data=sent, headers=headers)
        for header in answer.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            if "max-age=0" in header.lower():
                jar.pop(name, None)
            else:
                jar[name] = rest.partition(";")[0]
        return answer


def forms_in(text: str) -> list[Form]:
    """Read the forms of a page."""
    reader = _Forms()
    reader.feed(text)
    return reader.found


def link_in(text: str, part: str) -> str | None:
    """Answer with the page's first link whose address has a text in it."""
    reader = _Forms()
    reader.feed(text)
    return next((one for one in reader.links if part in one), None)


class _Forms(HTMLParser):
    """Gathers forms and links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.links: list[str] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form, a field or a link."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), is_for_scripts="data-passkey" in given)
            self.found.append(self._open)
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif self._open is not None and "name" in given:
            self._open.names.add(given["name"])
            if tag == "input" and given.get("type") not in {"radio", "checkbox"}:
                self._open.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Close a form."""
        if tag == "form":
            self._open = None
