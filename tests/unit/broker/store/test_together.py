"""A name stands for one statement."""

from typing import cast

import pytest

from broker.store.together import Together
from kit.db import Connection


def test_a_name_that_stands_for_another_statement_is_refused() -> None:
    together = Together(cast(Connection, None))
    together.add("noted", "INSERT INTO one SELECT unnest($1::int[])", [1])
    together.add("noted", "INSERT INTO one SELECT unnest($1::int[])", [2])
    with pytest.raises(ValueError, match="noted stands for another"):
        together.add("noted", "INSERT INTO another SELECT 1")
