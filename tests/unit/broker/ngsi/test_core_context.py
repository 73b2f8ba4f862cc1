"""The core @contexts, compared term by term with the published ones where those are at hand."""

import json
from pathlib import Path

import pytest

from broker.ngsi import core_context

_PUBLISHED = Path("../shared/data/core-contexts")
_FILES = sorted(_PUBLISHED.glob("*.jsonld"))


@pytest.mark.skipif(not _FILES, reason="the published core @contexts are not at hand")
@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_every_term_is_the_published_one(file: Path) -> None:
    version = file.stem.rpartition("-v")[2]
    published = json.loads(file.read_text())["@context"]

    assert core_context.document(version) == {"@context": published}


def test_a_core_url_is_built_in_and_the_unversioned_one_is_the_newest() -> None:
    folder = "https://uri.etsi.org/ngsi-ld/v1/"
    older = core_context.built_in(f"{folder}ngsi-ld-core-context-v1.3.jsonld")

    assert older == core_context.document("1.3")
    assert core_context.built_in(core_context.ALIAS_URL) == core_context.document("1.9")


@pytest.mark.parametrize(
    "url",
    [
        "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-xyz.jsonld",
        "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v9.9.jsonld",
        "https://example.jp/ngsi-ld-core-context-v1.9.jsonld",
    ],
)
def test_what_only_looks_like_a_core_url_is_not_swallowed(url: str) -> None:
    assert not core_context.is_core(url)
    assert core_context.built_in(url) is None


def test_a_term_is_there_from_its_version_on() -> None:
    counts = [len(core_context.definitions(version)) for version in core_context.VERSIONS]

    assert counts == sorted(counts)
    assert "languageMap" not in core_context.definitions("1.4")
    assert "languageMap" in core_context.definitions("1.6")
