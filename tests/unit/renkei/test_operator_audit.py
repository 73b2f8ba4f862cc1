"""Each change behind an operator's door has a kind under which the audit knows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from joint_use import AuditKind
from renkei.app import create_app
from renkei.operator_audit import kind_of
from tests.platforms import settings_of

READING = {"GET", "HEAD", "OPTIONS"}
DOORS = ("/admin", "/operator", "/broker/v1/", "/catalog/", "/datamodels/tenants/")
KINDS = {
    "/admin/tenants/{name}/policy": AuditKind.POLICY_CHANGE,
    "/admin/tenants/{name}/policy/explain": AuditKind.OPERATOR_ACTION,
    "/admin/tenants/{name}/suspend": AuditKind.OPERATOR_ACTION,
    "/admin/identity/accounts/{account}/proof": AuditKind.ACCOUNT_CHANGE,
    "/admin/identity/clients/{client_id}/secret": AuditKind.CLIENT_CHANGE,
    "/admin/identity/keys/rotate": AuditKind.FEDERATION_CHANGE,
    "/admin/identity/providers": AuditKind.FEDERATION_CHANGE,
    "/admin/identity/providers/{name}": AuditKind.FEDERATION_CHANGE,
    "/admin/federation/peers": AuditKind.FEDERATION_CHANGE,
    "/operator/sign-in": AuditKind.SIGN_IN,
    "/operator/sign-out": AuditKind.SIGN_OUT,
    "/operator/applications/{receipt}/approve": AuditKind.OPERATOR_ACTION,
    "/datamodels/tenants/{tenant}/schedules": AuditKind.OPERATOR_ACTION,
}


def changing(data: Path) -> Iterator[str]:
    """The paths at which operators change something, as they are served."""
    nowhere = "postgresql://postgres@127.0.0.1:1/postgres"
    app = create_app(settings_of(data, nowhere)).rest
    for path, methods in app.openapi()["paths"].items():
        if {method.upper() for method in methods} - READING:
            yield path
    for route in app.router.routes:
        if isinstance(route, Route) and (route.methods or set()) - READING:
            yield route.path


def test_nothing_is_changed_behind_an_operators_door_without_a_kind(tmp_path: Path) -> None:
    found = {path for path in changing(tmp_path) if path.startswith(DOORS)}
    assert len(found) > 60
    assert KINDS.keys() <= found, "A path that is named here is not served any more"
    assert sorted(path for path in found if kind_of(path) is None) == []


@pytest.mark.parametrize(("path", "kind"), KINDS.items(), ids=KINDS)
def test_a_change_is_of_its_kind(path: str, kind: AuditKind) -> None:
    assert kind_of(path) is kind


def test_a_door_that_nobody_knows_has_no_kind() -> None:
    assert kind_of("/admin/new") is None
