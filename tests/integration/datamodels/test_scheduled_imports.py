"""Files that the platform imports by itself: what changed is told, what vanished too."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import httpx2
import pytest

from datamodels import model_named
from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests.platforms import Client

POND = model_named("IrrigationPond")
FIRST = "ID,名称\n1,新池\n2,古池\n3,中池\n"
SECOND = "ID,名称\n1,新池\n2,古池（改修）\n4,北池\n"


@dataclass
class Source:
    """A city's web server with one file."""

    text: str = FIRST
    version: int = 1
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def change(self, text: str) -> None:
        self.text, self.version = text, self.version + 1


@pytest.fixture
def source() -> Iterator[Source]:
    served = Source()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.headers.get("If-None-Match") or "")
            etag = f'"v{served.version}"'
            if self.headers.get("If-None-Match") == etag:
                self.send_response(304)
                self.end_headers()
                return
            body = served.text.encode("cp932")
            self.send_response(200)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Schedules:
    client: Client
    token: str

    def ask(self, method: str, path: str = "", body: JsonObject | None = None) -> httpx2.Response:
        return self.client.http.request(
            method,
            f"{self.client.url}/datamodels/tenants/{self.client.tenant}/schedules{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def add(self, source: str, **more: object) -> int:
        body = {
            "model": "IrrigationPond",
            "source": source,
            "municipality": "372013",
            **more,
        }
        answer = self.ask("POST", "", cast(JsonObject, body))
        assert answer.status_code == 201, answer.text
        return cast(int, answer.json()["id"])

    def report(self, number: int, holds: Callable[[JsonObject], bool]) -> JsonObject:
        """Wait for a report of which something holds; the platform looks every few seconds."""
        deadline = time.monotonic() + 60
        for _ in itertools.count():
            (one,) = (one for one in self.ask("GET").json() if one["id"] == number)
            if one["report"] is not None and holds(one["report"]):
                return cast(JsonObject, one["report"])
            assert time.monotonic() < deadline, one
            time.sleep(0.05)
        raise AssertionError


@pytest.fixture
def schedules(client: Client, platform_settings: Settings) -> Schedules:
    return Schedules(client, Instance(platform_settings.data).operator_token())


def names(client: Client) -> dict[str, str]:
    answer = client.get("/entities", type=POND.iri, limit="100").json()
    name = POND.iri_of("name")
    return {one["id"].rsplit(":", 1)[-1]: one[name]["languageMap"]["ja"] for one in answer}


def test_a_source_is_imported_and_again_when_it_has_changed(
    client: Client, schedules: Schedules, source: Source
) -> None:
    number = schedules.add(f"http://127.0.0.1:{source.port}/ponds.csv")
    first = schedules.report(number, lambda report: report["outcome"] == "imported")
    assert (first["created"], first["vanished"]) == (3, 0)
    assert names(client) == {"1": "新池", "2": "古池", "3": "中池"}

    assert schedules.ask("POST", f"/{number}/run").status_code == 202
    schedules.report(number, lambda report: report["outcome"] == "unchanged")
    assert source.asked == ["", '"v1"']

    source.change(SECOND)
    schedules.ask("POST", f"/{number}/run")
    second = schedules.report(number, lambda report: report.get("updated") == 1)
    assert (second["created"], second["unchanged"], second["vanished"]) == (1, 1, 1)
    assert second["vanished_ids"] == ["urn:ngsi-ld:IrrigationPond:372013:3"]
    assert second["deleted"] == 0
    assert names(client) == {"1": "新池", "2": "古池（改修）", "3": "中池", "4": "北池"}


def test_what_vanished_is_deleted_where_that_is_asked_and_the_file_is_whole(
    client: Client, schedules: Schedules, source: Source
) -> None:
    url = f"http://127.0.0.1:{source.port}/ponds.csv"
    number = schedules.add(url, deletes_vanished=True)
    schedules.report(number, lambda report: report.get("created") == 3)
    source.change(SECOND + "5,\n")  # a row without a name: who knows what it was
    schedules.ask("POST", f"/{number}/run")
    careful = schedules.report(number, lambda report: report.get("refused") == 1)
    assert (careful["vanished"], careful["deleted"]) == (1, 0)
    source.change(SECOND)
    schedules.ask("POST", f"/{number}/run")
    schedules.report(number, lambda report: report.get("deleted") == 1)
    assert "3" not in names(client)


def test_a_source_that_cannot_be_read_is_reported(schedules: Schedules, source: Source) -> None:
    source.change("<html>404</html>")
    number = schedules.add(f"http://127.0.0.1:{source.port}/gone.csv")
    failed = schedules.report(number, lambda report: report["outcome"] == "failed")
    assert "No header row" in str(failed["error"])
    elsewhere = schedules.add("../../etc/passwd")
    refused = schedules.report(elsewhere, lambda report: report["outcome"] == "failed")
    assert "import folder" in str(refused["error"])


def test_a_schedule_is_listed_and_removed(schedules: Schedules, source: Source) -> None:
    number = schedules.add(f"http://127.0.0.1:{source.port}/ponds.csv", every_s=3600)
    (one,) = schedules.ask("GET").json()
    assert (one["type"], one["every_s"], one["municipality"]) == ("IrrigationPond", 3600, "372013")
    assert schedules.ask("DELETE", f"/{number}").status_code == 204
    assert schedules.ask("GET").json() == []
    assert schedules.ask("DELETE", f"/{number}").status_code == 404


def test_two_sources_of_a_model_are_kept_apart_or_refused(
    client: Client, schedules: Schedules, source: Source
) -> None:
    source.change("#property,ため池名,住所\n1,新池,高松市\n2,古池,高松市\n3,中池,高松市\n")
    number = schedules.add(
        f"http://127.0.0.1:{source.port}/ponds.csv", deletes_vanished=True, series="north"
    )
    schedules.report(number, lambda report: report.get("outcome") == "imported")
    other = f"http://127.0.0.1:{source.port}/ponds.csv?again"
    for series in (None, "north"):
        body: JsonObject = {"model": "IrrigationPond", "source": other, "series": series}
        refused = schedules.ask("POST", "", body)
        assert (refused.status_code, refused.json()["where"]) == (400, "series")
    second = schedules.add(other, deletes_vanished=True, series="south")
    report = schedules.report(second, lambda report: report.get("outcome") == "imported")
    assert (report["created"], report["deleted"]) == (3, 0)
