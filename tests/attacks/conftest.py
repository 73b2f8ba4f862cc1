"""A platform that asks for tokens, with two workers, and a city on it whose tokens are attacked."""

from collections.abc import Iterator

import pytest

from tests.integration.idp_federation.people import Op
from tests.integration.renkei.conftest import city, enforced
from tests.platforms import served

__all__ = ["city", "enforced", "other_worker"]


@pytest.fixture(scope="module")
def other_worker(enforced: Op) -> Iterator[str]:
    """The address of a second worker of the same platform."""
    with served(enforced.settings) as url:
        yield url
