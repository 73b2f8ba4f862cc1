"""オープンデータ一覧: the sheet in which a municipality lists what it publishes."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datamodels.exporters.files import Format
from datamodels.model.model import Model

HEADERS = (
    "全国地方公共団体コード",
    "ID",
    "地方公共団体名",
    "データセット_タイトル",
    "データセット_概要",
    "データセット_キーワード",
    "データセット_分類",
    "データセット_件数",
    "データセット_ライセンス",
    "データセット_準拠する標準",
    "データセット_API対応有無",
    "ファイル_タイトル",
    "ファイル_アクセスURL",
    "ファイル_形式",
    "ファイル_文字コード",
    "備考",
)
PUBLISHED: Mapping[Format, str] = {
    Format.CSV: "CSV",
    Format.GEOJSON: "GeoJSON",
    Format.JSONLD: "JSON-LD",
}
"""In which forms each dataset is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who publishes.

    Args:
        tenant: its name on the platform.
        url: where the platform's files are, without a slash at the end.
    """

    tenant: str
    name: str
    municipality: str | None
    licence: str
    url: str


def open_data_list(publisher: Publisher, datasets: Iterable[tuple[Model, int]]) -> bytes:
    """Write the sheet as CSV with BOM: a line for each file of each dataset.

    Data about persons are no open data and are left out.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for model, count in datasets:
        if not model.personal:
            writer.writerows(_line(publisher, model, count, form) for form in PUBLISHED)
    return ("\ufeff" + text.getvalue()).encode()


def export_path(tenant: str, type_: str, form: Format) -> str:
    """Answer with the path at which a tenant's entities of a model are downloaded.

    >>> export_path("takamatsu", "AED", Format.CSV)
    '/datamodels/tenants/takamatsu/export/AED.csv'
    """
    return f"/datamodels/tenants/{tenant}/export/{type_}.{form.value}"


def _line(publisher: Publisher, model: Model, count: int, form: Format) -> list[str]:
    return [
        publisher.municipality or "",
        f"{publisher.tenant}-{model.type}-{form.value}",
        publisher.name,
        model.name_ja,
        f"{publisher.name}の{model.name_ja}",
        ";".join((model.name_ja, model.type)),
        model.field,
        str(count),
        publisher.licence,
        f"{model.source} {model.type} {model.version}",
        "あり",
        f"{model.name_ja}（{PUBLISHED[form]}）",
        publisher.url + export_path(publisher.tenant, model.type, form),
        PUBLISHED[form],
        "UTF-8",
        "",
    ]
