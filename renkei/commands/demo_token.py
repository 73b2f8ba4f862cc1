"""The token that the demo's own client gets, for who starts the demo and wants to write in it."""

from renkei.commands.platform import Platform
from renkei.demo import CLIENT
from renkei.instance import Instance
from renkei.settings import Settings
from renkei.tokens import NoToken, client_token


def demo_token(settings: Settings, url: str) -> str | None:
    """Ask for a token with which the demo is written to; None: there is none."""
    platform = Platform(url=url, ca_file=settings.egress_ca_file)
    secret = Instance(settings.data, settings.secrets).client_secret(CLIENT)
    try:
        return client_token(platform, CLIENT, secret)
    except NoToken:
        return None  # `renkei idp token` says why
