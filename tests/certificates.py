"""An authority of a test's own, and a certificate that it gave."""

from pathlib import Path

from renkei.two_cities import certificates


def write_certificates(directory: Path) -> None:
    """Write ca.pem, cert.pem and key.pem: an authority and its certificate for localhost."""
    certificates.write_certificates(directory, addresses=["127.0.0.2"])
