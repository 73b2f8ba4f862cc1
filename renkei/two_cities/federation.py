"""What operators do so that two platforms are linked: once, in this order."""

from idp_federation import asked_table
from kit.json import JsonObject
from renkei.two_cities.stage import Site

PATH = "/admin/federation"
ANCHOR = "localhost"


def federate(prefecture: Site, cities: dict[str, Site], names: dict[str, tuple[str, str]]) -> None:
    """Put a prefecture above cities, and open the tenant of each.

    Args:
        prefecture: the trust anchor.
        cities: the platforms below it, by tenant.
        names: the names of all in Japanese and English, by `Site.name`.
    """
    ja, en = names[prefecture.name]
    above: JsonObject = {"role": "anchor", "name": ja, "name_en": en, "is_provider": False}
    prefecture.admin("PUT", PATH, above)
    top = prefecture.admin("GET", PATH)["configuration"]
    for tenant, city in cities.items():
        ja, en = names[city.name]
        city.admin("POST", "/admin/tenants", {"name": tenant, "name_ja": ja, "name_en": en})
        below: JsonObject = {
            "role": "leaf",
            "authority_hints": [prefecture.url],
            "name": ja,
            "name_en": en,
        }
        city.admin("PUT", PATH, below)
        own = city.admin("GET", PATH)["configuration"]
        prefecture.admin("POST", f"{PATH}/subordinates", {"configuration": own})
        city.admin("POST", f"{PATH}/anchors", {"configuration": top})


def attest(prefecture: Site, city: Site) -> int:
    """Attest what a city's sign-ins are worth; answers with the mark's number."""
    content: JsonObject = {"assurance_map": asked_table(ANCHOR)}
    issued = prefecture.admin("POST", f"{PATH}/marks", {"subject": city.url, "content": content})
    city.admin("PUT", f"{PATH}/held-marks", {"issuer": prefecture.url})
    return int(str(issued["number"]))


def link(home: Site, home_tenant: str, other: Site, other_tenant: str, name: str) -> None:
    """Let people of one city sign in at another's services.

    Args:
        home: where they have their accounts.
        home_tenant: its tenant, and its name on the other's sign-in page.
        other: whose services they use.
        other_tenant: its tenant.
        name: of their city, for people.
    """
    offered: JsonObject = {
        "id": home_tenant,
        "entity": home.url,
        "name": name,
        "tenants": [other_tenant],
    }
    other.admin("POST", f"{PATH}/offers", offered)
    known: JsonObject = {
        "tenant": home_tenant,
        "entity": other.url,
        "scopes": ["openid", "profile"],
    }
    home.admin("POST", f"{PATH}/peers", known)
    other.admin("POST", f"{PATH}/peers", {"tenant": other_tenant, "entity": home.url})
    home.admin("POST", f"{PATH}/peers/check", params={"entity": other.url})
    other.admin("POST", f"{PATH}/peers/check", params={"entity": home.url})
