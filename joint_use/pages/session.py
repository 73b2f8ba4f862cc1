"""The operator's session on the pages: a signed cookie, begun with the operator's token."""

import hashlib
import hmac
from datetime import timedelta

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from joint_use.audit_ports import ACTING
from joint_use.terms.access import OPERATOR, Principal
from kit.clock import Clock
from kit.pages.forgery import is_secure
from kit.pages.signed import Signer

COOKIE = "renkei_operator"
PATH = "/operator"


class OperatorSession:
    """Who reviews applications on the pages.

    Args:
        signer: the platform's.
        token: the operator token; sessions begun with another one are over.
        lasts: for how long.
        clock: the time.
    """

    def __init__(self, signer: Signer, token: SecretStr, *, lasts: timedelta, clock: Clock) -> None:
        self._signer = signer
        self._token = token.get_secret_value().encode()
        self._purpose = f"operator {hashlib.sha256(self._token).hexdigest()}"
        self._lasts = lasts
        self._clock = clock

    def principal(self, request: Request) -> Principal | None:
        """Answer with whom a request comes from; None: nobody is signed in."""
        sealed = request.cookies.get(COOKIE, "")
        subject = self._signer.unseal(self._purpose, sealed, self._clock())
        if subject != OPERATOR.subject:
            return None
        request.scope[ACTING] = OPERATOR
        return OPERATOR

    def is_token(self, text: str) -> bool:
        """Tell whether a text is the operator token, in constant time."""
        return hmac.compare_digest(text.encode(), self._token)

    def begin(self, request: Request, response: Response) -> None:
        """Let the reader be the operator from now on."""
        request.scope[ACTING] = OPERATOR
        response.set_cookie(
            COOKIE,
            self._signer.seal(self._purpose, OPERATOR.subject, self._clock() + self._lasts),
            max_age=int(self._lasts.total_seconds()),
            path=PATH,
            httponly=True,
            samesite="strict",
            secure=is_secure(request),
        )

    def end(self, response: Response) -> None:
        """Let the reader be nobody again."""
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
