"""The admin API of external tenants' endpoints, under /admin/tenants/{name}/endpoint."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.operations.endpoints import set_endpoint, show_endpoint
from joint_use.ports import JointUse, KnownEndpoint
from joint_use.terms.access import Principal
from joint_use.terms.endpoint import (
    LONGEST_TIMEOUT_S,
    ApiKey,
    ClientCertificate,
    ClientCredentials,
    Credentials,
    ExternalEndpoint,
    NoCredentials,
    kind_of,
)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NoCredentialsAsked(_Asked):
    """認証なし / None."""

    kind: Literal["none"]

    def credentials(self) -> Credentials:
        """Answer with what is asked for."""
        return NoCredentials()


class ApiKeyAsked(_Asked):
    """APIキー / A header that every request carries."""

    kind: Literal["api_key"]
    header: str = Field(description="ヘッダー名 / The header's name", examples=["X-Api-Key"])
    value: SecretStr = Field(description="値 / Its value")

    def credentials(self) -> Credentials:
        """Answer with what is asked for."""
        return ApiKey(header=self.header, value=self.value.get_secret_value())


class ClientCredentialsAsked(_Asked):
    """OAuth 2.0 クライアントクレデンシャル / OAuth 2.0 client credentials."""

    kind: Literal["oauth2"]
    token_url: str = Field(description="トークンエンドポイント / The token endpoint")
    client_id: str = Field(description="クライアントID / The client's id")
    client_secret: SecretStr = Field(description="クライアントシークレット / Its secret")
    scope: str = Field(default="", description="スコープ / Scopes between blanks")

    def credentials(self) -> Credentials:
        """Answer with what is asked for."""
        return ClientCredentials(
            token_url=self.token_url,
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value(),
            scope=self.scope,
        )


class ClientCertificateAsked(_Asked):
    """クライアント証明書（相互TLS） / Mutual TLS."""

    kind: Literal["mtls"]
    certificate: str = Field(description="証明書（PEM） / The certificate and those above it")
    key: SecretStr = Field(description="秘密鍵（PEM、暗号化なし） / Its key, not encrypted")

    def credentials(self) -> Credentials:
        """Answer with what is asked for."""
        return ClientCertificate(certificate=self.certificate, key=self.key.get_secret_value())


CredentialsAsked: TypeAlias = Annotated[
    NoCredentialsAsked | ApiKeyAsked | ClientCredentialsAsked | ClientCertificateAsked,
    Field(discriminator="kind"),
]


class EndpointAsked(_Asked):
    """外部テナントの接続先 / Where an external tenant's data are."""

    url: str = Field(
        description="/ngsi-ld/v1 の前までのURL / What stands before /ngsi-ld/v1",
        examples=["https://broker.city.example"],
    )
    tenant: str | None = Field(
        default=None, description="接続先でのテナント名 / What the endpoint calls the tenant"
    )
    credentials: CredentialsAsked | None = Field(
        default=None,
        description="認証情報、省略時は変更なし / Credentials; those it has where none are given",
    )
    authorities: str | None = Field(
        default=None,
        description="追加で信頼する認証局（PEM）、省略時は変更なし / Certificates to trust in "
        "addition, in PEM; those it has where none are given",
    )
    timeout_s: float = Field(
        default=30.0,
        gt=0,
        le=LONGEST_TIMEOUT_S,
        description="応答を待つ秒数 / Seconds within which a request is answered",
    )

    def endpoint(self) -> ExternalEndpoint:
        """Answer with what is asked for; without credentials where none are named."""
        return ExternalEndpoint(
            url=self.url,
            tenant=self.tenant,
            credentials=self.asked_credentials() or NoCredentials(),
            authorities=self.authorities or "",
            timeout_s=self.timeout_s,
        )

    def asked_credentials(self) -> Credentials | None:
        """Answer with the credentials that are named."""
        return None if self.credentials is None else self.credentials.credentials()


class EndpointShown(BaseModel):
    """外部テナントの接続先（認証情報は表示しない） / An endpoint, without its secrets."""

    url: str = Field(description="URL")
    tenant: str | None = Field(description="接続先でのテナント名 / The tenant's name there")
    credentials: str = Field(description="認証方式 / Kind of credentials")
    has_authorities: bool = Field(
        description="追加の認証局の有無 / Whether others are trusted, too"
    )
    timeout_s: float = Field(description="応答を待つ秒数 / Seconds")
    version: int = Field(description="版 / Grows with each change")
    changed_by: str = Field(description="操作者 / Who changed it")
    changed_at: datetime = Field(description="日時 / When")

    @classmethod
    def of(cls, known: KnownEndpoint) -> "EndpointShown":
        """Show an endpoint."""
        endpoint = known.endpoint
        return cls(
            url=endpoint.url,
            tenant=endpoint.tenant,
            credentials=kind_of(endpoint.credentials),
            has_authorities=bool(endpoint.authorities),
            timeout_s=endpoint.timeout_s,
            version=known.version,
            changed_by=known.changed_by,
            changed_at=known.changed_at,
        )


def endpoint_router(joint_use: JointUse, token: SecretStr) -> APIRouter:
    """Make the router of /admin/tenants/{name}/endpoint.

    Args:
        joint_use: the ports.
        token: the operator token.
    """
    caller = OperatorToken(token)
    operator = Annotated[Principal, Depends(caller)]
    router = APIRouter(
        prefix="/admin/tenants", tags=["テナント / Tenants"], route_class=ProblemRoute
    )

    @router.get("/{name}/endpoint", summary="接続先を表示 / Show an external tenant's endpoint")
    async def show(name: str, principal: operator) -> EndpointShown:
        return EndpointShown.of(await show_endpoint(joint_use, principal, name))

    @router.put("/{name}/endpoint", summary="接続先を変更 / Set an external tenant's endpoint")
    async def put(name: str, asked: EndpointAsked, principal: operator) -> EndpointShown:
        credentials = asked.asked_credentials()
        known = await set_endpoint(
            joint_use,
            principal,
            name,
            asked.endpoint(),
            keeps_credentials=credentials is None,
            keeps_authorities=asked.authorities is None,
        )
        return EndpointShown.of(known)

    return router
