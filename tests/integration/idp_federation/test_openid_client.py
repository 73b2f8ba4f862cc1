"""A well-known client, openid-client on Node, uses the OpenID Provider through every flow."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import cast

import pytest

from kit.json import JsonObject
from tests.integration.idp_federation.people import ANCHOR, CALLBACK, Op, RelyingParty

COUNTERPARTS = Path(__file__).parents[2] / "counterparts"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="Node is not here"),
    pytest.mark.skipif(
        not (COUNTERPARTS / "node_modules" / "openid-client").is_dir(),
        reason="openid-client is not here: `npm ci` in tests/counterparts brings it",
    ),
]


def private(app: RelyingParty) -> JsonObject:
    return cast(JsonObject, app.key.key.as_dict(private=True))


def test_openid_client_goes_through_every_flow(op: Op, tmp_path: Path) -> None:
    app = op.register(
        require_pushed_authorization_requests=False,
        dpop_bound_access_tokens=True,
        post_logout_redirect_uris=[CALLBACK],
    )
    machine = op.register(grant_types=["client_credentials"], redirect_uris=[], scope="read")
    session = op.identity.sign_in(op.identity.open_account())
    given = {
        "issuer": op.url,
        "client": {"client_id": app.id, "jwk": private(app)},
        "machine": {"client_id": machine.id, "jwk": private(machine)},
        "cookie": f"renkei_session_default={session.cookie}",
        "redirect_uri": CALLBACK,
        "high": f"https://{ANCHOR}/acr/ial3/aal3",
    }
    order = tmp_path / "given.json"
    order.write_text(json.dumps(given))
    done = subprocess.run(
        [str(NODE), "openid_client.mjs", str(order)],
        cwd=COUNTERPARTS,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["tokenType"] == "dpop"
    assert seen["claims"]["acr"] == f"https://{ANCHOR}/acr/ial2/aal2"
    assert seen["name"] == "札幌 花子"
    assert (seen["rotated"], seen["active"], seen["afterRevocation"]) == (True, True, False)
    assert seen["tooHigh"] == "login_required"
    assert seen["signedRequest"] == "signed"
    assert seen["machine"] == machine.id
    assert seen["signedOut"] == "bye"
