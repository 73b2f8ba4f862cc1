"""Who calls the admin API: whoever has the operator's token."""

import hmac

from fastapi import Request
from pydantic import SecretStr

from joint_use.terms.access import OPERATOR, Principal
from joint_use.terms.errors import Unauthorized

_SCHEME = "bearer "


class OperatorToken:
    """Answers with the operator as Principal where the right token is sent; a dependency.

    Args:
        token: the platform's operator token.
    """

    def __init__(self, token: SecretStr) -> None:
        self._token = token.get_secret_value().encode()
        if not self._token:
            raise ValueError("The operator token is empty; an empty one would let everybody in")

    async def __call__(self, request: Request) -> Principal:
        """Check the Authorization header, in constant time.

        Raises:
            Unauthorized: it carries no token or another one.
        """
        header = request.headers.get("authorization", "")
        sent = header[len(_SCHEME) :].strip() if header.lower().startswith(_SCHEME) else ""
        if hmac.compare_digest(sent.encode(), self._token):
            return OPERATOR
        raise Unauthorized(
            "Operator token is absent or wrong; right is 'Authorization: Bearer <token>'",
            detail_ja="運用者トークンがないか、正しくありません。",
        )
