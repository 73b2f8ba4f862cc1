"""Reads /metrics as Prometheus does."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from renkei.instance import Instance
from tests import asking


def readings(url: str, data: Path) -> dict[tuple[str, ...], float]:
    """All samples, by name and the values of labels in the order of their names."""
    token = Instance(data).metrics_token()
    answer = asking.get(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    answer.raise_for_status()
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
