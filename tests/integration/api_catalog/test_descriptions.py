"""OpenAPI of each house and tenant, AsyncAPI of notifications, by the validators of others."""

from pathlib import Path

COUNTERPARTS = Path(__file__).parents[2] / "counterparts/node_modules/@asyncapi/specs/schemas"
