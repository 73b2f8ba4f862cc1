"""Whom a client knows a person as: another name in each sector, or one public name.

Spec: OpenID Connect Core 1.0 §8
"""

import base64
import hmac

from idp_federation.oidc.client import Client, SubjectType


def subject_of(account: str, client: Client, key: bytes) -> str:
    """Answer with the name that a client knows an account by.

    A pairwise name is a keyed digest of the sector and the account, each with its length before
    it, so that no other pair is written alike.

    Spec: OpenID Connect Core 1.0 §8.1
    """
    if client.subject_type is SubjectType.PUBLIC:
        return account
    sector = client.sector or client.id
    parts = (sector.encode(), account.encode())
    message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode().rstrip("=")
