"""What each kind of provider is asked for, and is worth, unless its operator says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp_federation.assurance.evidence import JP_AML
from idp_federation.relying_party.upstream import Kind
from kit.json import JsonObject, JsonValue

_EVERY_ALGORITHM: list[JsonValue] = ["ES256", "PS256", "EdDSA", "RS256"]
_YEARS_3 = 3 * 365 * 86_400
_YEARS_10 = 10 * 365 * 86_400

PRESETS: Mapping[Kind, JsonObject] = {
    Kind.GENERIC: {
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "openid profile email",
        "acr_request": "essential",
        "acr_values": [],
        "id_token_signing_algs": _EVERY_ALGORITHM,
        "source": "self_asserted",
        "table": {"version": 1, "acr": {}, "proofing": [], "max_ial": 1, "max_aal": 1},
    },
    # The Digital Agency's app: the My Number Card is read at each sign-in, with its PIN.
    Kind.DIGITAL_AUTH: {
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "openid name address birthdate gender sign",
        "acr_request": "acr_values",
        "acr_values": ["aal3", "crl"],
        "id_token_signing_algs": ["ES256"],
        "source": "my_number_card",
        "table": {
            "version": 1,
            "acr": {"aal3": 3},
            "acr_ial": {"aal3": 3},
            "proofing": [],
            "max_ial": 3,
            "max_aal": 3,
        },
    },
    # Proofing online: what was verified comes as verified_claims, with its evidence and time.
    Kind.EKYC: {
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "openid profile",
        "acr_request": "essential",
        "acr_values": [],
        "id_token_signing_algs": _EVERY_ALGORITHM,
        "source": "ekyc",
        "table": {
            "version": 1,
            "acr": {},
            "proofing": [
                {
                    "trust_framework": JP_AML,
                    "evidence": ["document"],
                    "ial": 2,
                    "max_age": _YEARS_3,
                },
                {
                    "trust_framework": JP_AML,
                    "evidence": ["electronic_signature"],
                    "ial": 2,
                    "max_age": _YEARS_10,
                },
            ],
            "max_ial": 2,
            "max_aal": 1,
        },
    },
    # Another platform of the federation: its own words are asked for, and what they are worth its
    # attested map says; `operations/peer_offers.py` fills in the table that they are asked by.
    Kind.PEER: {
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "openid profile",
        "acr_request": "essential",
        "acr_values": [],
        "id_token_signing_algs": ["ES256"],
        "source": "peer",
        "table": {"version": 1, "acr": {}, "proofing": [], "max_ial": 1, "max_aal": 1},
    },
    Kind.SNS: {
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid profile",
        "acr_request": "none",
        "acr_values": [],
        "id_token_signing_algs": _EVERY_ALGORITHM,
        "source": "sns",
        "table": {"version": 1, "acr": {}, "proofing": [], "max_ial": 1, "max_aal": 1},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalAuth:
    """The identifiers of the Digital Agency's app (デジタル認証アプリ), live and for trying."""

    issuer: str
    sandbox_issuer: str


def with_presets(given: JsonObject, digital_auth: DigitalAuth) -> JsonObject:
    """Fill in what an operator left out, by the kind of provider; an unknown kind is left so.

    Args:
        given: what an operator said; `sandbox` means that of the Digital Agency's app.
        digital_auth: where that app is.
    """
    kinds = {kind.value: kind for kind in Kind}
    kind = kinds.get(str(given.get("kind", Kind.GENERIC.value)))
    if kind is None:
        return given
    known = {name: one for name, one in given.items() if one is not None}
    trying = known.pop("sandbox", False) is True
    if kind is Kind.DIGITAL_AUTH:
        issuer = digital_auth.sandbox_issuer if trying else digital_auth.issuer
        known = {"issuer": issuer, **known}
    return {"kind": kind.value, **PRESETS[kind], **known}
