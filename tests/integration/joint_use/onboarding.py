"""Applications as tests make them, and an issuer of clients."""

from dataclasses import dataclass, field

from joint_use import NewSecret, Onboarding, Tenant
from joint_use.operations.applications import Receipt, submit
from joint_use.terms.application import content_of
from joint_use.terms.terms_of_use import MODEL_TERMS

SENDER = b"somebody"


def filled(**changed: str) -> dict[str, str]:
    return {
        "municipality_code": "012173",
        "municipality_name": "江別市",
        "organisation_kind": "department",
        "organisation_name": "子ども育成課",
        "organisation_name_en": "Childcare Division",
        "tenant": "ebetsu_kosodate",
        "purpose": "保育施設の空き状況を公開する",
        "storage": "shared",
        "size": "ten_thousand",
        "contact_name": "江別 花子",
        "contact_email": "hanako@city.ebetsu.example.jp",
        "contact_phone": "011-382-4141",
        **changed,
    }


async def submitted(onboarding: Onboarding, **changed: str) -> Receipt:
    content = content_of(filled(**changed))
    return await submit(onboarding, content, agreed=MODEL_TERMS.version, sender=SENDER)


@dataclass
class Clients:
    """Registers clients in memory; dies as often as a test says."""

    registered: dict[str, str] = field(default_factory=dict)
    secrets: int = 0
    deaths: int = 0

    async def register(self, tenant: Tenant, *, reference: str, name: str) -> str:
        if self.deaths:
            self.deaths -= 1
            raise ConnectionAbortedError("died before registering")
        return self.registered.setdefault(reference, f"client-of-{tenant.name}")

    async def renew_secret(self, client: str) -> NewSecret:
        self.secrets += 1
        return NewSecret(
            client=client, secret=f"secret-{self.secrets}", token_url="http://idp/token"
        )
