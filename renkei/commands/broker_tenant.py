"""The entities of one model in one tenant, over the public NGSI-LD API."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import httpx2

from datamodels import Model, SinkRefused, Words, to_iris, to_names
from joint_use import DEFAULT_TENANT
from kit.json import JsonObject, JsonValue
from renkei.commands.platform import Platform
from renkei.settings import is_loopback

_IDS_PER_REQUEST = 100  # keeps a URL within what servers and proxies take
_PAGE = 500
_TRIES = 6
_LONGEST_WAIT_S = 5.0
_TIMEOUT_S = 60.0


def broker_client(platform: Platform, tenant: str) -> httpx2.AsyncClient:
    """Make the HTTP client for a tenant of a platform, with the token that there is for it.

    Spec: CIM 009 §6.3.14 (NGSILD-Tenant)
    """
    headers = {"Accept": "application/json"}
    if tenant != DEFAULT_TENANT:
        headers["NGSILD-Tenant"] = tenant
    if platform.operator_token is not None:
        headers["Authorization"] = f"Bearer {platform.operator_token}"
    return httpx2.AsyncClient(
        base_url=f"{platform.url}/ngsi-ld/v1/",
        headers=headers,
        timeout=_TIMEOUT_S,
        verify=platform.trusted,
        trust_env=not is_loopback(
            urlsplit(platform.url).hostname or ""
        ),  # a proxy cannot reach this machine
    )


class BrokerTenant:
    """Takes the entities of an import and gives those of an export.

    Types and attributes travel as IRIs, so that neither side needs a @context.
    """

    def __init__(self, client: httpx2.AsyncClient, tenant: str, model: Model) -> None:
        self._client = client
        self._tenant = tenant
        self._model = model

    async def existing(self, ids: Sequence[str]) -> Mapping[str, JsonObject]:
        """Read the current entities there are of these ids.

        Spec: CIM 009 §5.7.2 (HTTP §6.4.3.2)
        """
        found: dict[str, JsonObject] = {}
        for start in range(0, len(ids), _IDS_PER_REQUEST):
            some = ids[start : start + _IDS_PER_REQUEST]
            asked = {"type": self._model.iri, "id": ",".join(some), "limit": str(len(some))}
            answer = await self._send("GET", "entities", params=asked)
            found.update((str(one["id"]), one) for one in self._entities(answer))
        return found

    async def upsert(self, entities: Sequence[JsonObject]) -> Mapping[str, str]:
        """Create the entities, or set the attributes given on those that exist.

        Spec: CIM 009 §5.6.8 (HTTP §6.15.3.1)
        """
        body: JsonValue = [to_iris(entity, self._model) for entity in entities]
        answer = await self._send(
            "POST", "entityOperations/upsert", params={"options": "update"}, json=body
        )
        if answer.status_code != HTTPStatus.MULTI_STATUS:
            return {}
        return {
            str(one.get("entityId")): _detail(one.get("error"))
            for one in _objects(_object(answer.json()).get("errors"))
        }

    async def remove(self, id_: str, attributes: Sequence[str]) -> None:
        """Remove attributes of an entity; one that is not there is no error.

        Spec: CIM 009 §5.6.5 (HTTP §6.7.3.2)
        """
        for name in attributes:
            iri = self._model.iri_of(name)
            path = f"entities/{quote(id_, safe='')}/attrs/{quote(iri, safe='')}"
            await self._send("DELETE", path, is_missing_fine=True)

    async def every(self) -> AsyncIterator[JsonObject]:
        """Read all entities of the model's type, page by page.

        Spec: CIM 009 §5.7.2, §6.3.10
        """
        asked = {"type": self._model.iri, "limit": str(_PAGE)}
        answer = await self._send("GET", "entities", params=asked)
        while True:
            for entity in self._entities(answer):
                yield entity
            following = answer.links.get("next", {}).get("url")
            if following is None:
                return
            answer = await self._send("GET", str(answer.url.join(following)))

    def _entities(self, answer: httpx2.Response) -> list[JsonObject]:
        return [to_names(one, self._model) for one in _objects(answer.json())]

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: JsonValue = None,
        is_missing_fine: bool = False,
    ) -> httpx2.Response:
        """Send a request, again while the platform says that it is busy.

        Raises:
            SinkRefused: the platform cannot be reached, or refuses.
        """
        try:
            for tried in range(_TRIES):
                answer = await self._client.request(
                    method, path, params=params, json=json if json is not None else None
                )
                if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE or tried == _TRIES - 1:
                    break
                await asyncio.sleep(_wait_s(answer))
        except httpx2.HTTPError as error:
            raise _unreachable(str(self._client.base_url), error) from error
        if answer.is_success or (is_missing_fine and self._is_missing(answer)):
            return answer
        raise self._refusal(answer)

    def _is_missing(self, answer: httpx2.Response) -> bool:
        return answer.status_code == HTTPStatus.NOT_FOUND and not _is_about_tenant(answer)

    def _refusal(self, answer: httpx2.Response) -> SinkRefused:
        if _is_about_tenant(answer):
            create = f"renkei tenant create {self._tenant}"
            return SinkRefused(
                Words(
                    f"テナント「{self._tenant}」がありません。`{create}` で作成してください",
                    f"Tenant {self._tenant} does not exist; create it with `{create}`",
                ),
                where="--tenant",
            )
        said = f"{answer.status_code} {_detail(_body(answer))}"
        return SinkRefused(
            Words(f"基盤が受け付けませんでした（{said}）", f"The platform refuses: {said}")
        )


def _wait_s(answer: httpx2.Response) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_WAIT_S) if asked.isdigit() else 1.0


def _is_about_tenant(answer: httpx2.Response) -> bool:
    """Tell whether the refusal is NonexistentTenant (§5.5.2)."""
    kind = str(_object(_body(answer)).get("type", ""))
    return answer.status_code == HTTPStatus.NOT_FOUND and kind.endswith("/NonexistentTenant")


def _body(answer: httpx2.Response) -> JsonValue:
    try:
        body: JsonValue = answer.json()
    except ValueError:
        return answer.text[:200]
    return body


def _detail(problem: JsonValue) -> str:
    """Answer with what a ProblemDetails says (RFC 9457)."""
    if not isinstance(problem, dict):
        return str(problem or "")
    return str(problem.get("detail") or problem.get("title") or problem.get("type") or "")


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _objects(value: JsonValue) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _unreachable(url: str, error: httpx2.HTTPError) -> SinkRefused:
    return SinkRefused(
        Words(
            f"{url} に接続できません（{error!r}）。`renkei up` で起動しているか確かめてください",
            f"{url} cannot be reached ({error!r}); see that the platform runs: `renkei up`",
        ),
        where="--url",
    )
