"""Requests read back from their bytes."""

import httptools


class Parsed:
    """One whole request, as a server's parser reads it."""

    def __init__(self, payload: bytes) -> None:
        self.path = ""
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_complete = False
        parser = httptools.HttpRequestParser(self)
        parser.feed_data(payload)
        self.method = parser.get_method().decode()

    def on_url(self, url: bytes) -> None:
        self.path += url.decode()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        assert not self.is_complete, "a second request follows the first"
        self.is_complete = True
