"""openid-client signs a resident in through the real pages, is challenged by the API, steps up."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import cast

import pytest

from kit.json import JsonObject
from tests.integration.idp_federation.people import CALLBACK
from tests.integration.renkei.enforcing import PURPOSE, RESIDENT, City, V
from tests.signing_in import PASSWORD, Surfer, add_app, app_code, invite, prove

COUNTERPARTS = Path(__file__).parents[2] / "counterparts"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="Node is not here"),
    pytest.mark.skipif(
        not (COUNTERPARTS / "node_modules" / "openid-client").is_dir(),
        reason="openid-client is not here: `npm ci` in tests/counterparts brings it",
    ),
]


def test_openid_client_is_challenged_steps_up_and_reads(city: City, tmp_path: Path) -> None:
    op = city.op
    app = op.register(
        tenants=[city.name],
        purpose=PURPOSE,
        consent_required=True,
        subject_type="public",
        require_pushed_authorization_requests=True,
        dpop_bound_access_tokens=True,
    )
    resident, link = invite(op.url, op.settings, city.name)
    prove(op.url, op.settings, resident.account)
    record: JsonObject = {
        "id": f"urn:e:{resident.account}",
        "type": RESIDENT,
        V + "residentId": {"type": "Property", "value": resident.account},
    }
    assert city.ask("POST", "/entities", city.service, record).status_code == 201
    with Surfer(url=op.url) as surfer:  # signed in by a password alone, with an app at hand
        surfer.visit(link)
        surfer.fill(password=PASSWORD, again=PASSWORD)
        secret = add_app(surfer, city.name)
        given = {
            "issuer": op.url,
            "client": {"client_id": app.id, "jwk": app.key.key.as_dict(private=True)},
            "cookies": surfer.cookies,
            "code": app_code(secret),
            "type": RESIDENT,
            "tenant": city.name,
            "redirect_uri": CALLBACK,
        }
    order = tmp_path / "given.json"
    order.write_text(json.dumps(given))
    done = subprocess.run(
        [str(NODE), "openid_client_steps_up.mjs", str(order)],
        cwd=COUNTERPARTS,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = cast(JsonObject, json.loads(done.stdout))
    assert seen["weak"] == "https://trust.example/acr/ial3/aal1"
    assert seen["refused"] == 401
    challenge = cast("dict[str, str]", seen["challenge"])
    assert challenge["error"] == "insufficient_user_authentication"
    assert seen["strong"] == "https://trust.example/acr/ial3/aal2"
    assert (seen["allowed"], seen["record"]) == (200, record["id"])
    assert seen["tokenType"] == "dpop"
