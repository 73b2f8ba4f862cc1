from pathlib import Path

import pytest

from datamodels import (
    DataModelError,
    UnknownModel,
    built_in,
    dishonest,
    fingerprints,
    open_registry,
)
from datamodels.model.compatibility import fingerprint

POND = """
type = "Well"
version = "{version}"
field = "農林水産"
name_ja = "井戸"
name_en = "Wells"
source = "市"
licence = "CC BY 4.0"
columns = [
  {{ ja = "ID", en = "identifier", kind = "code", required = true }},
  {{ ja = "名称", en = "name", kind = "text", language = "ja" }},
  {{ ja = "有無", en = "present", kind = "choice", choices = "{choices}" }},
]
"""


def write(folder: Path, version: str, choices: str = "presence") -> None:
    text = POND.format(version=version, choices=choices)
    (folder / f"well-{version}.toml").write_text(text, "utf-8")


def test_what_was_released_says_the_same_for_ever() -> None:
    """A model that changes takes a new version, and the new version a new line in the file."""
    released = fingerprints()
    current = {f"{one.type}@{one.version}": fingerprint(one) for one in built_in().every}
    assert dishonest(built_in(), released) == ()
    assert current.keys() <= released.keys(), "a new version has no fingerprint yet"


def test_a_model_that_was_changed_without_a_new_version_is_found() -> None:
    assert dishonest(built_in(), {"AED@1.0.0": "0" * 32, "Gone@1.0.0": ""}) == ("AED@1.0.0",)


def test_an_operators_own_models_stand_beside_the_products(tmp_path: Path) -> None:
    write(tmp_path, "1.0.0")
    registry = open_registry(tmp_path)
    assert registry.named("well").name_ja == "井戸"
    assert registry.named("AED") is built_in().named("AED")
    assert "Well" in str(registry.context_document())


def test_of_several_versions_the_highest_is_current(tmp_path: Path) -> None:
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        write(tmp_path, version)
    registry = open_registry(tmp_path)
    assert registry.named("Well").version == "1.10.0"
    assert registry.named("Well", "1.9.0").version == "1.9.0"
    assert [one.version for one in registry.versions("Well")] == ["1.10.0", "1.9.0", "1.0.0"]
    with pytest.raises(UnknownModel, match=r"there are 1\.0\.0, 1\.9\.0, 1\.10\.0"):
        registry.named("Well", "2.0.0")


def test_an_operators_vocabularies_join_the_shared_ones(tmp_path: Path) -> None:
    shared = '[vocabularies.depth]\nvalues = ["浅い", "深い"]\n'
    (tmp_path / "shared.toml").write_text(shared, "utf-8")
    write(tmp_path, "1.0.0", choices="depth")
    column = open_registry(tmp_path).named("Well").column("present")
    assert column is not None
    assert column.vocabulary is not None
    assert column.vocabulary.values == ("浅い", "深い")


def test_the_same_version_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "1.0.0")
    (tmp_path / "again.toml").write_text(POND.format(version="1.0.0", choices="presence"), "utf-8")
    with pytest.raises(DataModelError, match="is there twice"):
        open_registry(tmp_path)


@pytest.mark.parametrize("content", [b"type = ", b"\xff\xfe", b'type = "Well"\n'])
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.toml").write_bytes(content)
    with pytest.raises(DataModelError):
        open_registry(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataModelError, match="does not exist"):
        open_registry(tmp_path / "nowhere")
