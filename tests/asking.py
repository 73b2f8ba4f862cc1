"""Requests over HTTP by tests, which share what they trust.

A client of its own reads all the authorities that the machine knows: 50 ms for each of thousands
of tests.
"""

import functools
import ssl
from typing import Any

import httpx2


@functools.cache
def trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts, read once."""
    return httpx2.create_ssl_context()


def client(**options: Any) -> httpx2.Client:
    """A client: options are those of httpx2.Client."""
    return httpx2.Client(**{"verify": trusted(), **options})


def request(method: str, url: str, **options: Any) -> httpx2.Response:
    """Send one request over a connection of its own: options are those of httpx2.request."""
    return httpx2.request(method, url, **{"verify": trusted(), **options})


def get(url: str, **options: Any) -> httpx2.Response:
    """GET, as request does."""
    return request("GET", url, **options)


def post(url: str, **options: Any) -> httpx2.Response:
    """POST, as request does."""
    return request("POST", url, **options)


def put(url: str, **options: Any) -> httpx2.Response:
    """PUT, as request does."""
    return request("PUT", url, **options)
