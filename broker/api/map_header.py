"""The header NGSILD-EntityMap: which map a request goes by, and where it is (§6.4.3.2)."""

from urllib.parse import quote

from broker.api.address import BASE_PATH
from broker.api.exchange import Header, Incoming
from broker.ngsi.entity_map import EntityMapId, map_id_of
from broker.operations.mapped import MapUse

_HEADER = b"ngsild-entitymap"


def map_reference(incoming: Incoming) -> EntityMapId | None:
    """The map that a request refers to, by URL, path or id; None: it refers to none."""
    value = incoming.header(_HEADER)
    return None if value is None else map_id_of(value)


def map_header(map_id: EntityMapId) -> Header:
    """Say where a map is."""
    return (_HEADER, f"{BASE_PATH}/entityMaps/{quote(map_id, safe=':')}".encode())


def map_headers(use: MapUse | None) -> list[Header]:
    """Say where the map is that a request went by, if it went by one."""
    return [] if use is None else [map_header(use.id)]
