"""TLS at the door: a renewed certificate is taken up while it is served with."""

import ssl
from pathlib import Path

import httpx2
import pytest

from tests.certificates import write_certificates
from tests.scenarios.processes.conftest import Start, eventually


def settle(data: Path, toml: str) -> None:
    data.mkdir(exist_ok=True)
    (data / "settings.toml").write_text(toml)


def trusting(directory: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(directory / "ca.pem"))


def served_with(directory: Path, port: int) -> bool:
    """Whether a new connection gets a certificate of the authority that is there now."""
    try:
        answer = httpx2.get(
            f"https://localhost:{port}/asked-by", verify=trusting(directory), timeout=10
        )
    except httpx2.HTTPError:
        return False
    return bool(answer.json()["scheme"] == "https")


def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(
    start: Start, tmp_path: Path
) -> None:
    write_certificates(tmp_path)
    pair = f'certificate = "{tmp_path}/cert.pem"\nkey = "{tmp_path}/key.pem"\n'
    settle(tmp_path / "data", f"[tls]\n{pair}")
    instance = start(workers=1)
    assert instance.url.startswith("https://")
    port = int(instance.url.rpartition(":")[2])
    assert served_with(tmp_path, port)
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(f"http://localhost:{port}/asked-by", timeout=10)

    write_certificates(tmp_path)  # of a new authority
    assert eventually(lambda: served_with(tmp_path, port))

    (tmp_path / "key.pem").write_text("no key")
    assert not eventually(lambda: not served_with(tmp_path, port), within_s=4.0)
