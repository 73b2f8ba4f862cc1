"""On what terms people and services take part: pure dataclasses and functions."""
