"""Where this platform is, as whoever asks knows it."""

from broker.api.exchange import Incoming
from broker.settings import ApiSettings

BASE_PATH = "/ngsi-ld/v1"


def base_url_of(settings: ApiSettings, incoming: Incoming) -> str:
    """The platform's address: the setting `public_url`, else what the Host header says."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    host = incoming.header(b"host") or "localhost"
    return f"{incoming.scope['scheme']}://{host}"
