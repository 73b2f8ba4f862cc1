"""The admin API as the commands call it, with the instance's operator token."""

from typing import cast

import httpx2

from kit.errors import RenkeiError
from kit.json import JsonObject, JsonValue
from renkei.commands.platform import Platform

_TIMEOUT_S = 60.0


class AdminRefused(RenkeiError):
    """The admin API cannot be reached, or refuses; the detail is its own sentence."""


def call_admin(
    platform: Platform,
    method: str,
    path: str,
    body: JsonObject | None = None,
    *,
    params: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> JsonValue:
    """Call the admin API of a running platform.

    Args:
        platform: where it is, and the operator token of this machine's user.
        method: GET, POST or DELETE.
        path: behind the platform's address.
        body: JSON to send.
        params: parameters of the URL.
        headers: further ones.
        timeout_s: how long to wait for the answer.

    Raises:
        AdminRefused: it does not answer, or answers with a problem.
    """
    token = platform.operator_token
    known = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx2.request(
            method,
            platform.url + path,
            json=body,
            params=params,
            headers={**(headers or {}), **known},
            timeout=timeout_s,
            trust_env=False,
            verify=platform.trusted,
        )
    except httpx2.HTTPError as error:
        raise AdminRefused(
            f"{platform.url} does not answer: start the platform with `renkei up`, or name it "
            "with --url / 基盤が応答しません"
        ) from error
    if answer.is_success:
        return cast(JsonValue, answer.json()) if answer.content else None
    raise AdminRefused(reason_of(answer))


def reason_of(answer: httpx2.Response) -> str:
    """Say why the API refused, in its own words."""
    try:
        problem = answer.json()
    except ValueError:
        return f"The platform answers {answer.status_code}"
    said = [problem.get("detail_ja"), problem.get("detail") or problem.get("title")]
    return " / ".join(str(part) for part in said if part)
