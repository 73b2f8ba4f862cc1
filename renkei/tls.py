"""The certificate that a worker serves with: checked before it is used, taken up when renewed."""

import asyncio
import ssl
from pathlib import Path

import structlog

from kit.errors import RenkeiError

log = structlog.get_logger()

_EVERY_S = 2.0


class CertificateRefused(RenkeiError):
    """A certificate and a key cannot be served with."""


def require_pair(certificate: Path, key: Path) -> None:
    """Check that a certificate and a key can be read and belong together.

    Raises:
        CertificateRefused: they do not.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise CertificateRefused(
            f"{certificate} and {key} are not a certificate and its key: {reason}"
        ) from error


class Certificate:
    """The pair in use, which follows its files: connections made from then on get the new one.

    Args:
        context: what connections are made with.
    """

    def __init__(self, context: ssl.SSLContext, certificate: Path, key: Path) -> None:
        self._context = context
        self._pair = certificate, key
        self._seen = self._stamps()

    async def follow(self) -> None:
        """Look every other second whether the files are others, until cancelled.

        What cannot be served with is left alone: the pair before serves on.
        """
        while True:
            await asyncio.sleep(_EVERY_S)
            stamps = self._stamps()
            if stamps == self._seen:
                continue
            self._seen = stamps
            try:
                require_pair(*self._pair)
                self._context.load_cert_chain(*self._pair)
            except (CertificateRefused, OSError) as error:
                log.warning("certificate_not_renewed", reason=str(error))
            else:
                log.info("certificate_renewed", certificate=str(self._pair[0]))

    def _stamps(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_stamp(path) for path in self._pair)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Tell a file's content by its time and number; a link counts as what it leads to."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
