import os
from pathlib import Path

import pytest

from datamodels import UnreadableFile
from datamodels.operations.schedules import within


def test_a_file_of_the_folder_is_found_and_of_a_folder_the_newest(tmp_path: Path) -> None:
    daily = tmp_path / "daily"
    daily.mkdir()
    for number, name in enumerate(("old.csv", "new.csv")):
        (daily / name).write_text(name, "utf-8")
        os.utime(daily / name, (number, number))
    (daily / ".hidden").write_text("", "utf-8")
    assert within(tmp_path, "daily/old.csv").name == "old.csv"
    assert within(tmp_path, "daily").name == "new.csv"


@pytest.mark.parametrize(
    "name", ["../secret.csv", "/etc/passwd", "nowhere.csv", "empty", "link.csv"]
)
def test_what_is_not_in_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "imports"
    (folder / "empty").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("secret", "utf-8")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(UnreadableFile, match="is not in the import folder"):
        within(folder, name)
