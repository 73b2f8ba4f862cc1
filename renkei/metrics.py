"""/metrics: what all workers of this machine have counted, as Prometheus reads it.

It needs a token of its own, which lies in the data directory (or is set); the operator's does, too.
"""

import hmac
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit.metrics import Kind, Sample, gathered

PATH = "/metrics"
_BEARER = "bearer "


class MetricsEndpoint:
    """Answers who has one of the tokens.

    Args:
        tokens: that let in.
    """

    def __init__(self, tokens: Sequence[SecretStr]) -> None:
        self._tokens = [token.get_secret_value().encode() for token in tokens]

    async def __call__(self, request: Request) -> Response:
        """Answer with all metrics; 401 without a token."""
        header = request.headers.get("authorization", "")
        sent = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else ""
        if not any(hmac.compare_digest(sent.encode(), token) for token in self._tokens):
            return Response(
                "The token is absent or wrong; right is 'Authorization: Bearer <token>' with the "
                "one in secrets/metrics_token of the data directory\n",
                status_code=401,
                headers={"WWW-Authenticate": 'Bearer realm="renkei metrics"'},
                media_type="text/plain",
            )
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(_registry()), headers={"Content-Type": media_type})

    def route(self) -> Route:
        """The path."""
        return Route(PATH, self.__call__, include_in_schema=False)


class _Gathered(Collector):
    """Hands what was counted to prometheus-client, which writes it."""

    def collect(self) -> Iterable[Metric]:
        for sample in gathered():
            yield _family(sample)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gathered())
    return registry


def _family(sample: Sample) -> Metric:
    told = sample.description
    if told.kind is Kind.HISTOGRAM:
        made = HistogramMetricFamily(told.name, told.text, labels=told.labels)
        bounds = [*(format(bound, "g") for bound in told.bounds), "+Inf"]
        for labels, values in sample.values.items():
            counts = accumulate(values[:-1])
            made.add_metric(labels, list(zip(bounds, counts, strict=True)), sum_value=values[-1])
        return made
    kind = CounterMetricFamily if told.kind is Kind.COUNTER else GaugeMetricFamily
    one: CounterMetricFamily | GaugeMetricFamily = kind(told.name, told.text, labels=told.labels)
    for labels, values in sample.values.items():
        one.add_metric(labels, values[0])
    return one
