"""What a tenant with three entities of two types knows of its types and attributes."""

from tests.conformance.shelters import ORGANIZATION, a_shelter, link_to, point, prop
from tests.platforms import Client

EXAMPLE = "https://example.org/"


def fill(client: Client) -> Client:
    """Two shelters, one with a place and one whose name is a Relationship, and a school."""
    client.create(a_shelter(1, location=point(143.1, 42.6)))
    client.create(a_shelter(2, name=link_to(ORGANIZATION)))
    client.create(
        {"id": "urn:ngsi-ld:School:1", "type": EXAMPLE + "School", EXAMPLE + "pupils": prop(30)}
    )
    return client
