"""What a load sends: evacuation shelters of about 850 bytes with ten attributes.

A shelter follows from its run and number alone, so that whoever knows an id knows the whole
entity that was sent; bodies have one length, so that a request is one template filled in.
"""

from dataclasses import dataclass, field

import orjson

from kit.json import JsonObject

TYPE = "EvacuationShelter"
MAX_SHELTERS = 100_000_000
"""Numbers have eight digits; a run cannot send more shelters than that."""

_SHELTER = """
{"id":"urn:ngsi-ld:EvacuationShelter:@RUN@-%(number)08d","type":"EvacuationShelter",
"name":{"type":"Property","value":"第%(number)08d避難所(市立小学校体育館)"},
"municipalityCode":{"type":"Property","value":"372013"},
"address":{"type":"Property","value":{"addressRegion":"香川県","addressLocality":"高松市"}},
"disasterTypes":{"type":"Property","value":["地震","津波","洪水"]},
"capacity":{"type":"Property","value":%(capacity)d,"unitCode":"C62"},
"occupancy":{"type":"Property","value":%(occupancy)d,"observedAt":"2026-04-01T09:00:00Z"},
"temperature":{"type":"Property","value":%(celsius)d.5,"unitCode":"CEL",
"observedAt":"2026-04-01T09:00:00Z"},
"open":{"type":"Property","value":true},
"managedBy":{"type":"Relationship","object":"urn:ngsi-ld:Organization:372013-%(organisation)03d"},
"location":{"type":"GeoProperty","value":{"type":"Point",
"coordinates":[134.%(east)06d,34.%(north)06d]}}}
"""

_TEMPERATURE = '{"value":%(celsius)d.25,"observedAt":"2026-04-01T10:%(minute)02d:00Z"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelters:
    """The shelters of one run, numbered from 0.

    Args:
        run: sets one run's ids apart from another's; letters, digits and hyphens.
    """

    run: str
    _template: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.run.isascii() or not self.run.replace("-", "").isalnum():
            raise ValueError(f"run {self.run!r} is not made of letters, digits and hyphens")
        template = _SHELTER.replace("\n", "").replace("@RUN@", self.run).encode()
        object.__setattr__(self, "_template", template)

    def entity_id(self, number: int) -> str:
        """Name the shelter of this number."""
        return f"urn:ngsi-ld:EvacuationShelter:{self.run}-{number:08d}"

    def body(self, number: int) -> bytes:
        """Write the shelter of this number as JSON; every body of a run has the same length."""
        return self._template % {
            b"number": number,
            b"capacity": 100 + number % 900,
            b"occupancy": 10 + number % 90,
            b"celsius": 10 + number % 25,
            b"organisation": number % 1000,
            b"east": 100_000 + number * 7919 % 900_000,
            b"north": 100_000 + number * 104_729 % 900_000,
        }

    def entity(self, number: int) -> JsonObject:
        """Read the shelter of this number as the JSON object that was sent."""
        entity: JsonObject = orjson.loads(self.body(number))
        return entity


def temperature(number: int) -> bytes:
    """Write a partial update of the attribute `temperature`; every one has the same length."""
    text = _TEMPERATURE % {"celsius": 10 + number % 25, "minute": number % 60}
    return text.encode()
