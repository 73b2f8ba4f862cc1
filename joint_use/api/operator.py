"""Who calls the admin API: whoever has the operator's token."""

import hmac

from fastapi import Request
from pydantic import SecretStr

from joint_use.audit_ports import ACTING
from joint_use.terms.access import OPERATOR, Action, Principal
from joint_use.terms.errors import Unauthorized

PRINCIPAL = "renkei.principal"
"""Where in the ASGI scope the Principal is, once somebody has looked who calls."""

_SCHEME = "bearer "


class OperatorToken:
    """Answers with the operator as Principal where the right token is sent; a dependency.

    Args:
        token: the platform's operator token.
        administrators: those of single tenants pass too; the operation asks which tenants.
    """

    def __init__(self, token: SecretStr, *, administrators: bool = False) -> None:
        self._administrators = administrators
        self._token = token.get_secret_value().encode()
        if not self._token:
            raise ValueError("The operator token is empty; an empty one would let everybody in")

    async def __call__(self, request: Request) -> Principal:
        """Look who calls; where nobody has looked yet, at the header, in constant time.

        Raises:
            Unauthorized: it carries no token or another one.
        """
        found = request.scope.get(PRINCIPAL)
        if isinstance(found, Principal) and self._passes(found):
            request.scope[ACTING] = found
            return found
        header = request.headers.get("authorization", "")
        sent = header[len(_SCHEME) :].strip() if header.lower().startswith(_SCHEME) else ""
        if hmac.compare_digest(sent.encode(), self._token):
            request.scope[ACTING] = OPERATOR
            return OPERATOR
        raise Unauthorized(
            "Operator token is absent or wrong; right is 'Authorization: Bearer <token>'",
            detail_ja="運用者トークンがないか、正しくありません。",
        )

    def _passes(self, found: Principal) -> bool:
        is_of_all = found.tenants is None
        return Action.ADMINISTER in found.actions and (is_of_all or self._administrators)
