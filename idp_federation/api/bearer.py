"""Access tokens as requests bring them, and how a resource refuses.

Spec: RFC 6750 §2.1, §3; RFC 9449 §7.1
"""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from idp_federation.api.problems import NOT_KEPT
from idp_federation.federation.jwt import KINDS_OF_KEY
from idp_federation.oidc.authorization import plain
from idp_federation.oidc.dpop import PresentedProof
from idp_federation.oidc.errors import (
    InsufficientScope,
    InvalidDpopProof,
    InvalidRequest,
    OAuthError,
)
from idp_federation.operations.verify import Presented

_SCHEMES = ("bearer", "dpop")


def read_presented(
    authorization: Sequence[str], proofs: Sequence[str], *, method: str, url: str
) -> Presented | None:
    """Read the token of a request; None where it brings none.

    Args:
        authorization: the values of the header.
        proofs: the values of the header DPoP.
        method: the request's.
        url: the request's, as clients see it.

    Raises:
        InvalidRequest: a header stands there twice, or is none that is known.
    """
    if not authorization:
        return None
    if len(authorization) > 1 or len(proofs) > 1:
        raise InvalidRequest("Header Authorization or DPoP stands there twice")
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() not in _SCHEMES or not token.strip():
        raise InvalidRequest("Header Authorization is neither Bearer nor DPoP with a token")
    proof = PresentedProof(jwt=proofs[0], method=method, url=url) if proofs else None
    return Presented(scheme=scheme.lower(), token=token.strip(), proof=proof)


def challenged(error: OAuthError | None, *, nonce: str | None = None) -> Response:
    """Refuse a request at a resource; with nothing wrong it brought no token."""
    algorithms = " ".join(KINDS_OF_KEY)
    told = "" if error is None else f'error="{error.code}", '
    told += "" if error is None else f'error_description="{plain(error.detail)}", '
    schemes = ["DPoP"] if isinstance(error, InvalidDpopProof) else ["Bearer", "DPoP"]
    written = [
        f'{one} {told}realm="renkei"' + (f', algs="{algorithms}"' if one == "DPoP" else "")
        for one in schemes
    ]
    forbidden = isinstance(error, InsufficientScope)
    malformed = isinstance(error, InvalidRequest)
    status = HTTPStatus.FORBIDDEN if forbidden else HTTPStatus.UNAUTHORIZED
    answer = JSONResponse(
        {"error": "invalid_token" if error is None else error.code},
        HTTPStatus.BAD_REQUEST if malformed else status,
        headers={**NOT_KEPT, "www-authenticate": ", ".join(written)},
    )
    if nonce is not None:
        answer.headers["dpop-nonce"] = nonce
    return answer
