"""What each house serves over HTTP; only those that are asked for are loaded (`HOUSES`)."""

from collections.abc import Mapping

PARTS: Mapping[str, str] = {
    "idp_federation": "renkei.served.identity:serve",
    "joint_use": "renkei.served.joint_use:serve",
    "broker": "renkei.served.broker:serve",
    "datamodels": "renkei.served.datamodels:serve",
    "api_catalog": "renkei.catalog:serve_catalog",
}
"""Where the part of each house is, in the order in which their paths are looked at."""
