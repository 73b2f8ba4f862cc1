"""Passkeys as browsers and authenticators speak of them, by the library webauthn.

Spec: Web Authentication Level 3 §7.1, §7.2
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

import orjson
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_attestation_object
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from idp_federation.account_ports import NewPasskey, ShownPasskey
from idp_federation.accounts.errors import WrongCredentials
from idp_federation.accounts.factor import Factor
from idp_federation.oidc.profile import Profile
from kit.json import JsonObject

_TIMEOUT_MS = 120_000
_ATTESTING = (
    AttestationFormat.PACKED,
    AttestationFormat.TPM,
    AttestationFormat.ANDROID_KEY,
    AttestationFormat.FIDO_U2F,
)


class WebAuthn:
    """Makes and believes passkeys of this platform; satisfies `Passkeys`.

    Args:
        profile: whose host passkeys are bound to.
        name: what browsers call this platform.
        roots: the certificates (PEM) of makers whose attestation is believed; without any no
            passkey counts as hardware.
    """

    def __init__(self, profile: Profile, name: str, roots: Sequence[bytes] = ()) -> None:
        self._origin = profile.issuer
        self._host = urlsplit(profile.issuer).hostname or ""
        self._name = name
        self._roots = [*roots]

    def asked_to_make(
        self, *, challenge: bytes, account: str, login: str, known: Sequence[Factor]
    ) -> JsonObject:
        """Say what a browser has to know to make a passkey."""
        wants_attestation = AttestationConveyancePreference.DIRECT if self._roots else None
        options = generate_registration_options(
            rp_id=self._host,
            rp_name=self._name,
            user_id=account.encode(),
            user_name=login,
            user_display_name=login,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            attestation=wants_attestation or AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=_described(known),
        )
        written: JsonObject = orjson.loads(options_to_json(options))
        return written

    def asked_to_show(self, *, challenge: bytes, known: Sequence[Factor]) -> JsonObject:
        """Say what a browser has to know to show one."""
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            allow_credentials=_described(known),
            user_verification=UserVerificationRequirement.PREFERRED,
        )
        written: JsonObject = orjson.loads(options_to_json(options))
        return written

    def challenge_in(self, answer: JsonObject) -> bytes | None:
        """Answer with the challenge that a browser's answer is to."""
        response = answer.get("response")
        said = response.get("clientDataJSON") if isinstance(response, dict) else None
        if not isinstance(said, str):
            return None
        try:
            client = orjson.loads(base64url_to_bytes(said))
            return base64url_to_bytes(str(client["challenge"]))
        except (ValueError, TypeError, KeyError):
            return None

    def credential_in(self, answer: JsonObject) -> bytes | None:
        """Answer with the id of the passkey that a browser's answer is of."""
        named = answer.get("rawId")
        try:
            return base64url_to_bytes(named) if isinstance(named, str) else None
        except ValueError:
            return None

    def made(self, answer: JsonObject, *, challenge: bytes) -> NewPasskey:
        """Believe a passkey that was just made."""
        is_attested = bool(self._roots)
        try:
            made = self._verified(answer, challenge, roots=self._roots)
        except WebAuthnException:
            # A maker that is not trusted here: the passkey is good, but no hardware to us.
            is_attested = False
            made = self._unattested(answer, challenge)
        one_device = made.credential_device_type is CredentialDeviceType.SINGLE_DEVICE
        return NewPasskey(
            credential=made.credential_id,
            public_key=made.credential_public_key,
            count=made.sign_count,
            verified=made.user_verified,
            hardware=is_attested and one_device and _has_chain(made),
            transports=_transports(answer),
            model=made.aaguid,
        )

    def shown(self, answer: JsonObject, factor: Factor, *, challenge: bytes) -> ShownPasskey:
        """Believe an authenticator that answers with a passkey."""
        try:
            shown = verify_authentication_response(
                credential={**answer},
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=factor.secret,
                credential_current_sign_count=factor.counter,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError) as error:
            raise _not_right() from error
        return ShownPasskey(count=shown.new_sign_count, verified=shown.user_verified)

    def _unattested(self, answer: JsonObject, challenge: bytes) -> VerifiedRegistration:
        try:
            return self._verified(answer, challenge, roots=[])
        except (WebAuthnException, ValueError, TypeError, KeyError) as error:
            raise _not_right() from error

    def _verified(
        self, answer: JsonObject, challenge: bytes, *, roots: Sequence[bytes]
    ) -> VerifiedRegistration:
        try:
            return verify_registration_response(
                credential={**answer},
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                pem_root_certs_bytes_by_fmt={one: [*roots] for one in _ATTESTING},
            )
        except (ValueError, TypeError, KeyError) as error:
            raise _not_right() from error


def _has_chain(made: VerifiedRegistration) -> bool:
    """Tell whether a maker vouches: what an authenticator says of itself (§6.5.3) is no word."""
    if made.fmt not in _ATTESTING:
        return False
    return bool(parse_attestation_object(made.attestation_object).att_stmt.x5c)


def _described(known: Sequence[Factor]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.lookup,
            transports=[AuthenticatorTransport(name) for name in _known_transports(one)] or None,
        )
        for one in known
        if one.lookup is not None
    ]


def _known_transports(factor: Factor) -> list[str]:
    named = factor.facts.get("transports")
    return [str(one) for one in named] if isinstance(named, list) else []


def _transports(answer: JsonObject) -> tuple[str, ...]:
    """Read by which ways the browser says that the authenticator is reached."""
    response = answer.get("response")
    named = response.get("transports") if isinstance(response, dict) else None
    known = {one.value for one in AuthenticatorTransport}
    return tuple(str(one) for one in named if one in known) if isinstance(named, list) else ()


def _not_right() -> WrongCredentials:
    return WrongCredentials(
        "Passkey does not count here; right is one that was made for this platform",
        detail_ja="パスキーを確認できませんでした。もう一度お試しください。",
        where="passkey",
    )
