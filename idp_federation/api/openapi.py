"""The OpenAPI description of the OpenID Provider, whose routes FastAPI does not know.

What is taken and answered is that of the specifications named at each operation; what of them is
not taken here (implicit answers, secrets in bodies, request_uri of clients) is not described.
"""

from collections.abc import Mapping, Sequence

from idp_federation.oidc.client import GrantType
from idp_federation.oidc.client_authentication import ASSERTION_TYPE
from idp_federation.oidc.profile import DISCOVERY, METADATA, PATH
from kit.json import JsonObject, JsonValue

_TAG: JsonValue = ["認証 / Identity"]
_FORM = "application/x-www-form-urlencoded"
_REF = "#/components/schemas/"
_TYPE = "urn:ietf:params:oauth:token-type:"
_TEXT: JsonObject = {"type": "string"}
_URL: JsonObject = {"type": "string", "format": "uri"}
_SPACED: JsonObject = {"type": "string", "description": "空白区切り / With spaces between"}

_AUTHENTICATION: Mapping[str, JsonObject] = {
    "client_id": _TEXT,
    "client_assertion": {
        "type": "string",
        "description": "private_key_jwt で名乗るときのJWT / A JWT by which the client proves who "
        "it is (RFC 7523); otherwise HTTP Basic",
    },
    "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
}
_AUTHORIZATION: Mapping[str, JsonObject] = {
    "client_id": _TEXT,
    "response_type": {"type": "string", "enum": ["code"]},
    "response_mode": {"type": "string", "enum": ["query"]},
    "redirect_uri": _URL,
    "scope": _SPACED,
    "state": {"type": "string", "maxLength": 2048},
    "nonce": {"type": "string", "maxLength": 512},
    "code_challenge": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
    "code_challenge_method": {"type": "string", "enum": ["S256"]},
    "tenant": {"type": "string", "description": "自治体のテナント / The municipality's tenant"},
    "resource": _SPACED,
    "prompt": {"type": "string", "description": "none, login, consent, select_account"},
    "max_age": {"type": "integer", "minimum": 0},
    "acr_values": _SPACED,
    "claims": {"type": "string", "description": "JSON (OpenID Connect Core 1.0 §5.5)"},
    "dpop_jkt": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
    "login_hint": {"type": "string", "maxLength": 512},
    "id_token_hint": _TEXT,
    "ui_locales": _SPACED,
    "request": {
        "type": "string",
        "description": "署名付き要求 / The request as a signed object (RFC 9101)",
    },
    "request_uri": {
        "type": "string",
        "description": "PARの応答の request_uri / That of a pushed request (RFC 9126)",
    },
}
_TOKEN: Mapping[str, JsonObject] = {
    "grant_type": {"type": "string", "enum": [one.value for one in GrantType]},
    "code": _TEXT,
    "redirect_uri": _URL,
    "code_verifier": {"type": "string", "minLength": 43, "maxLength": 128},
    "refresh_token": _TEXT,
    "scope": _SPACED,
    "tenant": _TEXT,
    "resource": _SPACED,
    "audience": _SPACED,
    "subject_token": _TEXT,
    "subject_token_type": {
        "type": "string",
        "enum": [_TYPE + one for one in ("access_token", "jwt", "id_token")],
    },
    "requested_token_type": {
        "type": "string",
        "enum": [_TYPE + "access_token"],
    },
}
_ABOUT_TOKEN: Mapping[str, JsonObject] = {"token": _TEXT}
_LOGOUT: Mapping[str, JsonObject] = {
    "id_token_hint": _TEXT,
    "client_id": _TEXT,
    "post_logout_redirect_uri": _URL,
    "state": _TEXT,
}

_SCHEMAS: Mapping[str, JsonObject] = {
    "OAuthError": {
        "type": "object",
        "description": "RFC 6749 §5.2",
        "required": ["error"],
        "properties": {"error": _TEXT, "error_description": _TEXT},
    },
    "TokenAnswer": {
        "type": "object",
        "description": "RFC 6749 §5.1",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": _TEXT,
            "token_type": {"type": "string", "enum": ["Bearer", "DPoP"]},
            "expires_in": {"type": "integer"},
            "scope": _SPACED,
            "id_token": _TEXT,
            "refresh_token": _TEXT,
            "issued_token_type": {"type": "string", "enum": [_TYPE + "access_token"]},
        },
    },
    "PushedRequest": {
        "type": "object",
        "description": "RFC 9126 §2.2",
        "required": ["request_uri", "expires_in"],
        "properties": {"request_uri": _TEXT, "expires_in": {"type": "integer"}},
    },
    "TokenTold": {
        "type": "object",
        "description": "RFC 7662 §2.2",
        "required": ["active"],
        "properties": {
            "active": {"type": "boolean"},
            "iss": _URL,
            "sub": _TEXT,
            "client_id": _TEXT,
            "tenant": _TEXT,
            "scope": _SPACED,
            "token_type": {"type": "string", "enum": ["Bearer", "DPoP"]},
            "iat": {"type": "integer"},
            "exp": {"type": "integer"},
        },
    },
    "PersonTold": {
        "type": "object",
        "description": "OpenID Connect Core 1.0 §5.3.2",
        "required": ["sub"],
        "properties": {"sub": _TEXT},
    },
    "ProviderMetadata": {
        "type": "object",
        "description": "OpenID Connect Discovery 1.0 §3, RFC 8414 §2",
        "required": [
            "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri",
            "response_types_supported",
        ],
        "properties": {
            "issuer": _URL,
            "authorization_endpoint": _URL,
            "token_endpoint": _URL,
            "jwks_uri": _URL,
            "response_types_supported": {"type": "array", "items": _TEXT},
        },
    },
    "JwkSet": {
        "type": "object",
        "description": "RFC 7517 §5",
        "required": ["keys"],
        "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
    },
}  # fmt: skip


def describe_protocol() -> tuple[JsonObject, JsonObject]:
    """Answer with the `paths` of what clients and browsers ask the provider, and their schemas.

    Spec: OpenAPI 3.1
    """
    return {**_public(), **_of_clients(), **_of_browsers()}, dict(_SCHEMAS)


def _public() -> JsonObject:
    told = "プロバイダーのメタデータ / What the provider tells of itself"
    answers: JsonObject = {"200": _json(told, "ProviderMetadata")}
    keys = "署名鍵 / Keys of signatures"
    jwks: JsonObject = {"200": _json(keys, "JwkSet", "application/jwk-set+json"), "503": _away()}
    return {
        DISCOVERY: {"get": _operation("openidConfiguration", told, answers)},
        METADATA: {"get": _operation("oauthMetadata", f"{told} (RFC 8414)", answers)},
        f"{PATH}/jwks": {"get": _operation("jwks", keys, jwks)},
    }


def _of_clients() -> JsonObject:
    token = "トークンの発行 / Gives tokens (RFC 6749 §3.2)"  # noqa: S105 - what people read
    pushed = "認可要求の預入れ / Keeps an authorization request (RFC 9126)"
    told = "トークンの確認 / Tells about a token (RFC 7662)"
    revoked = "トークンの取消し / Takes a token back (RFC 7009)"
    asked = {name: one for name, one in _AUTHORIZATION.items() if name != "request_uri"}
    return {
        f"{PATH}/token": {
            "post": _for_client("token", token, _TOKEN, ["grant_type"], _json(token, "TokenAnswer"))
        },
        f"{PATH}/par": {
            "post": _for_client("par", pushed, asked, [], _json(pushed, "PushedRequest"), 201)
        },
        f"{PATH}/introspect": {
            "post": _for_client(
                "introspect", told, _ABOUT_TOKEN, ["token"], _json(told, "TokenTold")
            )
        },
        f"{PATH}/revoke": {
            "post": _for_client("revoke", revoked, _ABOUT_TOKEN, ["token"], _empty(revoked))
        },
    }


def _of_browsers() -> JsonObject:
    asked = "認可要求 / The authorization request (OpenID Connect Core 1.0 §3.1.2)"
    left = "サインアウト / Signs out (RP-Initiated Logout 1.0)"
    person = "利用者の情報 / About the person (OpenID Connect Core 1.0 §5.3)"
    sent_on: JsonObject = {
        "303": {
            "description": "次の画面か、クライアントの redirect_uri へ（code か error を付ける） / "
            "To a page, or to the client with code or error (RFC 9207: with iss)",
            "headers": {"Location": {"schema": _URL}},
        },
        "400": _page(),
        "503": _page(),
    }
    leaving: JsonObject = {
        "200": _page("確認または完了 / Asks whether it is meant, or says that it is done"),
        "303": {
            "description": "クライアントの post_logout_redirect_uri へ / Back to the client",
            "headers": {"Location": {"schema": _URL}},
        },
        "400": _page(),
        "503": _page(),
    }
    about: JsonObject = {
        "200": _json(person, "PersonTold"),
        "400": _json("要求の誤り / Malformed (RFC 6750 §3.1)", "OAuthError"),
        "401": _json("トークンがない・無効 / No token, or none that counts", "OAuthError"),
        "403": _json("scope の不足 / Scope openid is missing", "OAuthError"),
        "503": _away(),
    }
    return {
        f"{PATH}/authorize": _twice("authorize", asked, _AUTHORIZATION, ["client_id"], sent_on),
        f"{PATH}/logout": _twice("logout", left, _LOGOUT, [], leaving),
        f"{PATH}/userinfo": {
            "get": {**_operation("userinfo", person, about), "security": [{"token": []}]},
            "post": {**_operation("userinfoByPost", person, about), "security": [{"token": []}]},
        },
    }


def _operation(id_: str, summary: str, responses: JsonObject) -> JsonObject:
    return {
        "operationId": id_,
        "summary": summary,
        "tags": _TAG,
        "responses": responses,
        "security": [],
    }


def _for_client(
    id_: str,
    summary: str,
    fields: Mapping[str, JsonObject],
    required: Sequence[str],
    answer: JsonObject,
    status: int = 200,
) -> JsonObject:
    """Describe an operation of clients, who prove who they are."""
    responses: JsonObject = {
        str(status): answer,
        "400": _json("要求の誤り / Refused (RFC 6749 §5.2)", "OAuthError"),
        "401": _json("クライアントを確認できない / Not a known client", "OAuthError"),
        "403": _json("拒否 / Access denied", "OAuthError"),
        "503": _away(),
    }
    proof: JsonObject = {
        "name": "DPoP",
        "in": "header",
        "description": "トークンを鍵に結び付ける証明 / A proof that binds tokens (RFC 9449)",
        "schema": _TEXT,
    }
    takes_proof = id_ in {"token", "par"}
    return {
        **_operation(id_, summary, responses),
        "security": [{"client": []}, {}],
        **({"parameters": [proof]} if takes_proof else {}),
        "requestBody": _form({**_AUTHENTICATION, **fields}, required),
    }


def _twice(
    id_: str,
    summary: str,
    fields: Mapping[str, JsonObject],
    required: Sequence[str],
    responses: JsonObject,
) -> JsonObject:
    """Describe an operation of browsers, by link and by form."""
    parameters: list[JsonValue] = [
        {"name": name, "in": "query", "required": name in required, "schema": one}
        for name, one in fields.items()
    ]
    return {
        "get": {**_operation(id_, summary, responses), "parameters": parameters},
        "post": {
            **_operation(f"{id_}ByPost", summary, responses),
            "requestBody": _form(fields, required),
        },
    }


def _form(fields: Mapping[str, JsonObject], required: Sequence[str]) -> JsonObject:
    schema: JsonObject = {"type": "object", "properties": {**fields}}
    if required:
        schema["required"] = [*required]
    return {"required": True, "content": {_FORM: {"schema": schema}}}


def _json(description: str, schema: str, media_type: str = "application/json") -> JsonObject:
    content: JsonObject = {media_type: {"schema": {"$ref": _REF + schema}}}
    return {"description": description, "content": content}


def _empty(description: str) -> JsonObject:
    return {"description": description}


def _page(description: str = "理由を述べる画面 / A page that says why") -> JsonObject:
    return {"description": description, "content": {"text/html": {"schema": _TEXT}}}


def _away() -> JsonObject:
    return {
        **_json("一時的に利用できない / Cannot answer now", "OAuthError"),
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
    }
