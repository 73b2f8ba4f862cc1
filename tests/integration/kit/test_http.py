import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.http import (
    AddressRefused,
    Guard,
    Outbound,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
)

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """A server on loopback and the heads of the requests it got."""

    port: int = 0
    heads: list[str] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def a_site(
    answer: Answer, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    site = Site()
    working: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        site.heads.append(head)
        try:
            await answer(head.split(" ")[1], writer)
            await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        working.add(task)
        task.add_done_callback(working.discard)

    server = await asyncio.start_server(accept, host, 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in tuple(working):
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await asyncio.sleep(0.01)


def says(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join((*lines, "", "")).encode() + body)

    return answer


@pytest.fixture
def outbound() -> Outbound:
    return Outbound(Guard(LOOPBACK))


async def test_a_document_is_fetched_with_its_type_and_status(outbound: Outbound) -> None:
    answer = says(b"{}", "Content-Type: Application/LD+JSON; charset=utf-8", status="404 Not Found")
    async with a_site(answer) as site:
        fetched = await outbound.fetch(site.url("/context#part"), accept="application/ld+json")
    assert (fetched.status, fetched.content_type, fetched.body) == (
        404,
        "application/ld+json",
        b"{}",
    )
    assert fetched.url == site.url("/context")
    assert f"host: 127.0.0.1:{site.port}" in site.heads[0].lower()
    assert "accept: application/ld+json" in site.heads[0].lower()


async def test_an_ipv6_host_is_reached(outbound: Outbound) -> None:
    async with a_site(says(b"six"), host="::1") as site:
        fetched = await outbound.fetch(site.url(host="[::1]"), accept="*/*")
    assert fetched.body == b"six"


async def test_loopback_is_refused_unless_allowed() -> None:
    async with a_site(says(b"secret")) as site:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            with pytest.raises(AddressRefused):
                await Outbound(Guard()).fetch(site.url(host=host), accept="*/*")
    assert not site.heads


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://1.1.1.1/", "http://", "//host/x", "nonsense", "http://u:p@h/"],
)
async def test_only_http_urls_without_credentials_are_fetched(url: str, outbound: Outbound) -> None:
    with pytest.raises(AddressRefused):
        await outbound.fetch(url, accept="*/*")


async def test_a_url_that_cannot_be_read_is_unreachable(outbound: Outbound) -> None:
    with pytest.raises(Unreachable):
        await outbound.fetch("http://[::1/", accept="*/*")


async def test_the_address_that_was_checked_is_the_address_that_is_reached(
    monkeypatch: pytest.MonkeyPatch, outbound: Outbound
) -> None:
    loop = asyncio.get_running_loop()
    really = loop.getaddrinfo
    asked: list[str] = []

    async def rebind(host: str, port: int, **options: int) -> object:
        if host != "rebinding.example":
            return await really(host, port, **options)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.255.255.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    async with a_site(says(b"pinned")) as site:
        monkeypatch.setattr(loop, "getaddrinfo", rebind)
        fetched = await outbound.fetch(site.url(host="rebinding.example"), accept="*/*")
    assert fetched.body == b"pinned"
    assert asked == ["rebinding.example"]
    assert f"host: rebinding.example:{site.port}" in site.heads[0].lower()


async def test_redirects_are_followed_and_each_is_checked(outbound: Outbound) -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        there = {"/one": "two", "/two": "/three", "/bad": "http://10.0.0.1/", "/mail": "mailto:x"}
        if path in there:
            await says(b"", f"Location: {there[path]}", status="302 Found")(path, writer)
        else:
            await says(path.encode())(path, writer)

    async with a_site(answer) as site:
        fetched = await outbound.fetch(site.url("/one"), accept="*/*")
        assert (fetched.url, fetched.body) == (site.url("/three"), b"/three")
        for path in ("/bad", "/mail"):
            with pytest.raises(AddressRefused):
                await outbound.fetch(site.url(path), accept="*/*")
        with pytest.raises(TooManyRedirects):
            await outbound.fetch(site.url("/one"), accept="*/*", max_redirects=1)


async def test_a_redirect_loop_ends(outbound: Outbound) -> None:
    async with a_site(says(b"", "Location: /", status="301 Moved")) as site:
        with pytest.raises(TooManyRedirects):
            await outbound.fetch(site.url(), accept="*/*")
    assert len(site.heads) == 4


async def test_a_body_is_read_up_to_its_limit_and_no_further(outbound: Outbound) -> None:
    sent = 0

    async def pour(path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(10_000):
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            sent += 65_536
            await writer.drain()

    async with a_site(pour) as site:
        with pytest.raises(TooLarge, match="more than 1000 bytes"):
            await outbound.fetch(site.url(), accept="*/*", max_bytes=1000)
    assert sent < 100 * 65_536
    async with a_site(says(b"x" * 1000)) as site:
        assert len((await outbound.fetch(site.url(), accept="*/*", max_bytes=1000)).body) == 1000


async def test_a_gzip_body_is_inflated_and_a_bomb_is_not(outbound: Outbound) -> None:
    async with a_site(says(gzip.compress("江別市".encode()), "Content-Encoding: gzip")) as site:
        fetched = await outbound.fetch(site.url(), accept="*/*")
        assert fetched.body.decode() == "江別市"
    async with a_site(says(gzip.compress(b"0" * 50_000_000), "Content-Encoding: gzip")) as site:
        with pytest.raises(TooLarge):
            await outbound.fetch(site.url(), accept="*/*", max_bytes=100_000)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"no gzip", "gzip"), (gzip.compress(b"x" * 99, mtime=0)[:-9], "gzip"), (b"", "br")],
)
async def test_a_body_that_cannot_be_decoded_is_unreachable(
    outbound: Outbound, body: bytes, encoding: str
) -> None:
    async with a_site(says(body, f"Content-Encoding: {encoding}")) as site:
        with pytest.raises(Unreachable):
            await outbound.fetch(site.url(), accept="*/*")


async def test_a_drip_of_bytes_is_cut_off_at_the_total_time(outbound: Outbound) -> None:
    async def drip(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def silence(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    for answer in (drip, silence):
        async with a_site(answer) as site:
            with pytest.raises(TooSlow, match=r"within 0\.3 s"):
                await outbound.fetch(site.url(), accept="*/*", timeout_s=0.3)


async def test_a_closed_port_and_a_broken_answer_are_unreachable(outbound: Outbound) -> None:
    async def babble(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    async with a_site(babble) as site:
        with pytest.raises(Unreachable):
            await outbound.fetch(site.url(), accept="*/*")
    with pytest.raises(Unreachable):
        await outbound.fetch(site.url(), accept="*/*")


def an_authority(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Answer with the TLS contexts of a server with this name and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


async def test_tls_asks_for_and_checks_the_name_of_the_url(tmp_path: Path) -> None:
    server, client = an_authority(tmp_path, "localhost")
    names: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    outbound = Outbound(Guard(LOOPBACK), tls=client)
    async with a_site(says(b"secure"), tls=server) as site:
        fetched = await outbound.fetch(f"https://localhost:{site.port}/", accept="*/*")
        assert fetched.body == b"secure"
        assert names == ["localhost"]
        with pytest.raises(Unreachable, match="certificate"):
            await outbound.fetch(f"https://127.0.0.1:{site.port}/", accept="*/*")
