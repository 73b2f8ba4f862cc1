"""The time, as something that can be handed in and stood still in a test."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Answers with the present instant, aware and in UTC."""


def utc_now() -> datetime:
    """Answer with the present instant, aware and in UTC."""
    return datetime.now(UTC)
