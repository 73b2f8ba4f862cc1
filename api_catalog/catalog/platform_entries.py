"""Entries of the platform's own APIs, one for each house."""

from collections.abc import Sequence

from api_catalog.catalog.dcat import NGSI_LD
from api_catalog.catalog.entry import Endpoint, Entry, State
from api_catalog.catalog.listed import Publisher
from api_catalog.catalog.made import BETWEEN, Made
from api_catalog.catalog.openapi import HOUSES
from api_catalog.catalog.words import Field, Kind, Lifecycle, Words

PLATFORM = "the-platform"
"""The key of the platform as an owner: neither a tenant nor an organisation is called so."""


def platform_entries(owner: Publisher, platform: str) -> Sequence[Made]:
    """Make the entries of the platform's own APIs.

    Args:
        owner: the platform.
        platform: its address, without a slash at the end.
    """
    return [
        Made(
            entry=Entry(
                key=f"{PLATFORM}{BETWEEN}{house.key}",
                kind=Kind.API,
                owner=owner.key,
                title=Words(
                    f"{owner.name.ja} {house.title.ja}", f"{owner.name.en} {house.title.en}"
                ),
                description=house.description,
                fields=(Field.ADMINISTRATION,),
                endpoints=(
                    Endpoint(
                        url=platform + house.entrance,
                        description=f"{platform}/openapi/{house.key}.json",
                        events=f"{platform}/asyncapi.json" if house.key == "ngsi-ld" else None,
                        conforms_to=(NGSI_LD,) if house.key == "ngsi-ld" else (),
                    ),
                ),
                state=State(lifecycle=Lifecycle.PUBLISHED),
            )
        )
        for house in HOUSES
    ]
