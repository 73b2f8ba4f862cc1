"""Values that PostgreSQL cannot store are refused with 400 at whatever door they come in."""

import pytest

from renkei.instance import Instance
from tests.integration.idp_federation.people import Op

BEYOND = 2**63


@pytest.mark.parametrize(
    ("method", "path", "body", "where"),
    [
        ("GET", f"/admin/federation/decisions/{BEYOND}", None, "number"),
        ("POST", f"/admin/federation/marks/{BEYOND}/renewal", None, "number"),
        ("POST", f"/admin/federation/marks/{BEYOND}/revocation", None, "number"),
        ("DELETE", "/admin/federation/subordinates?entity=https://a.example/%00", None, "entity"),
        ("GET", "/admin/tenants/a%00b", None, "name"),
        (
            "POST",
            "/admin/identity/accounts",
            {"tenant": "sapporo", "name": {"deep": ["x", "a\0b"]}},
            "/name/deep/1",
        ),
        ("POST", "/admin/tenants", {"na\0me": "x"}, "/"),
    ],
)
def test_a_number_or_text_that_cannot_be_stored_is_bad_input(
    enforced: Op, method: str, path: str, body: object, where: str
) -> None:
    token = Instance(enforced.settings.data).operator_token()
    answer = enforced.http.request(
        method, f"{enforced.url}{path}", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["where"] == where
