"""What published profiles send: the shapes and sizes that operators compare brokers by.

A: the k6 profile of Stellio (2024): an entity of 1,151 bytes with ten attribute instances, an
update of 693 bytes with five, a partial update of one. B: the Gatling profile of FIWARE: a store
of five attributes.
"""

from dataclasses import dataclass

ENTITY_BYTES = 1_151
UPDATE_BYTES = 693
TYPES = 10
"""Entities of profile A are of so many types."""

KEPT = 5
"""Entities of each of many tenants that are there from the start."""

PRODUCERS = 20
PARTNERS = 1_000
_AT = '"observedAt":"2026-04-01T09:00:00Z"'

_SENSOR = (
    '{"id":"@ID@","type":"@TYPE@",'
    '"dissolvedOxygen":{"type":"Property","value":%(tenths)d.5,"unitCode":"M1",' + _AT + "},"
    '"temperature":[{"type":"Property","value":%(celsius)d.5,"unitCode":"CEL",'
    '"datasetId":"urn:ngsi-ld:Dataset:surface",' + _AT + '},{"type":"Property",'
    '"value":%(celsius)d.0,"unitCode":"CEL","datasetId":"urn:ngsi-ld:Dataset:ground",' + _AT + "}],"
    '"turbidity":[{"type":"Property","value":%(tenths)d,"datasetId":"urn:ngsi-ld:Dataset:surface",'
    + _AT
    + '},{"type":"Property","value":%(tenths)d,"datasetId":"urn:ngsi-ld:Dataset:ground",'
    + _AT
    + "}],"
    '"depth":{"type":"Property","value":%(depth)d,"unitCode":"CMT"},'
    '"status":{"type":"Property","value":"status-%(status)02d"},'
    '"remark":{"type":"Property","value":"@FILL@"},'
    '"managedBy":{"type":"Relationship","object":"urn:ngsi-ld:Partner:%(partner)04d"},'
    '"location":{"type":"GeoProperty","value":{"type":"Point",'
    '"coordinates":[134.%(east)06d,34.%(north)06d]}}}'
)
_UPDATE = (
    '{"dissolvedOxygen":{"type":"Property","value":%(tenths)d.5,"unitCode":"M1",' + _AT + "},"
    '"temperature":[{"type":"Property","value":%(celsius)d.5,"unitCode":"CEL",'
    '"datasetId":"urn:ngsi-ld:Dataset:surface",' + _AT + '},{"type":"Property",'
    '"value":%(celsius)d.0,"unitCode":"CEL","datasetId":"urn:ngsi-ld:Dataset:ground",' + _AT + "}],"
    '"depth":{"type":"Property","value":%(depth)d,"unitCode":"CMT",' + _AT + "},"
    '"remark":{"type":"Property","value":"@FILL@",' + _AT + "}}"
)
_STORE = (
    '{"id":"@ID@","type":"Store","address":{"type":"Property","value":{"streetAddress":'
    '"番町 %(number)08d","addressLocality":"高松市"}},"temperature":{"type":"Property",'
    '"value":%(celsius)d.5},"humidity":{"type":"Property","value":%(humidity)d},"producer":'
    '{"type":"Property","value":"producer-%(producer)02d"},"location":{"type":"GeoProperty","value":'
    '{"type":"Point","coordinates":[134.%(east)06d,34.%(north)06d]}}}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payloads:
    """The entities of one run, by number from 0.

    Args:
        run: sets one run's ids apart from another's; eight letters or digits.
    """

    run: str

    def __post_init__(self) -> None:
        if len(self.run) != 8 or not (self.run.isascii() and self.run.isalnum()):
            raise ValueError(f"run {self.run!r} is not eight letters or digits")

    def sensor_id(self, number: int) -> str:
        """Name a sensor of profile A."""
        return f"urn:ngsi-ld:{sensor_type(number)}:{self.run}-{number:08d}"

    def sensor(self, number: int) -> str:
        """Write a sensor of profile A."""
        told = _SENSOR.replace("@ID@", self.sensor_id(number)).replace(
            "@TYPE@", sensor_type(number)
        )
        return _filled(told % _values(number), ENTITY_BYTES)

    def store_id(self, number: int) -> str:
        """Name a store of profile B."""
        return f"urn:ngsi-ld:Store:{self.run}-{number:08d}"

    def store(self, number: int) -> str:
        """Write a store of profile B."""
        return _STORE.replace("@ID@", self.store_id(number)) % _values(number)


def sensor_type(number: int) -> str:
    """Say which of the types a sensor of profile A is of.

    >>> sensor_type(13)
    'WaterSensor3'
    """
    return f"WaterSensor{number % TYPES}"


def tenant_name(run: str, number: int) -> str:
    """Name one of many tenants.

    >>> tenant_name("abcdefgh", 3)
    'load_abcdefgh_0003'
    """
    return f"load_{run}_{number:04d}"


def update(number: int) -> str:
    """Write five attribute instances of a sensor."""
    return _filled(_UPDATE % _values(number), UPDATE_BYTES)


def partial_update(number: int) -> str:
    """Write one attribute's new value.

    >>> partial_update(3)
    '{"value":13.25,"observedAt":"2026-04-01T10:03:00Z"}'
    """
    return f'{{"value":{10 + number % 90}.25,"observedAt":"2026-04-01T10:{number % 60:02d}:00Z"}}'


def _filled(told: str, size: int) -> str:
    """Bring a text to its size by a remark of Japanese characters and the rest."""
    room = size - len(told.encode()) + len("@FILL@")
    return told.replace("@FILL@", "水" * (room // 6) + "x" * (room - room // 6 * 3))


def _values(number: int) -> dict[str, int]:
    return {
        "number": number,
        "tenths": 10 + number % 90,
        "celsius": 10 + number % 25,
        "humidity": 10 + number % 90,
        "depth": 100 + number % 900,
        "status": number % 40,
        "partner": number % PARTNERS,
        "producer": number % PRODUCERS,
        "east": 100_000 + number * 7_919 % 900_000,
        "north": 100_000 + number * 104_729 % 900_000,
    }
