"""An authority for this machine alone, and a certificate that it gives."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

AUTHORITY, CERTIFICATE, KEY = "ca.pem", "cert.pem", "key.pem"
_PEM = serialization.Encoding.PEM


def write_certificates(
    directory: Path, *, addresses: Sequence[str] = (), lasts: timedelta = timedelta(days=2)
) -> None:
    """Write ca.pem, cert.pem and key.pem: an authority, and its certificate for localhost.

    The authority's own key is thrown away: it gives no second certificate.

    Args:
        directory: where to.
        addresses: IP addresses that the certificate is for too.
        lasts: how long both are good.
    """
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _named("renkei, on this machine alone")
    authority = (
        _dated(authority_name, lasts)
        .issuer_name(authority_name)
        .public_key(authority_key.public_key())
        .serial_number(1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    names += [x509.IPAddress(ip_address(one)) for one in addresses]
    certificate = (
        _dated(_named("localhost"), lasts)
        .issuer_name(authority_name)
        .public_key(key.public_key())
        .serial_number(2)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    (directory / AUTHORITY).write_bytes(authority.public_bytes(_PEM))
    (directory / CERTIFICATE).write_bytes(certificate.public_bytes(_PEM))
    private = directory / KEY
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _dated(subject: x509.Name, lasts: timedelta) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    begins = now - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .not_valid_before(begins)
        .not_valid_after(now + lasts)
    )
