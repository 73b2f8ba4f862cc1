"""TLS to a source: whom to trust there, and the certificate that we show."""

import ssl
from tempfile import NamedTemporaryFile

from joint_use import ClientCertificate, ExternalEndpoint
from kit.http import new_tls_context


def tls_of(endpoint: ExternalEndpoint) -> ssl.SSLContext:
    """Make the TLS context of connections to an endpoint.

    Raises:
        ValueError, ssl.SSLError: its certificates or its key are none.
    """
    context = new_tls_context()
    if endpoint.authorities:
        context.load_verify_locations(cadata=endpoint.authorities)
    if isinstance(endpoint.credentials, ClientCertificate):
        _show(context, endpoint.credentials)
    return context


def _show(context: ssl.SSLContext, shown: ClientCertificate) -> None:
    """Load certificate and key; ssl reads them from a file alone, which only we may read."""
    with NamedTemporaryFile("w", suffix=".pem", encoding="ascii") as file:
        file.write(f"{shown.certificate.strip()}\n{shown.key.strip()}\n")
        file.flush()
        context.load_cert_chain(file.name, password=_no_password)


def _no_password() -> str:
    """Answer for a key that is encrypted: nobody is there to be asked."""
    raise ValueError("The key is encrypted; right is one without a password")
