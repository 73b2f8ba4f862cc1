"""A platform of two workers, as an operator starts it, that somebody watches."""

from collections.abc import Iterator

import pytest

from tests.scenarios.durability.killable import Killable
from tests.scenarios.notifications.chaos import free_port


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killable]:
    """A running platform."""
    data = tmp_path_factory.mktemp("watched") / "data"
    more = ("--egress-allow", "127.0.0.0/8")
    with Killable(data, free_port(), workers=2, more=more) as platform:
        yield platform
