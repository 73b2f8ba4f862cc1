"""What each way to sign in here stands for: data, to be changed without code.

Spec: RFC 8176 §2
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp_federation.assurance.words import Words

VERSION = 1
"""The version of the table below; it goes up with every change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to show that one is the account's owner.

    Args:
        name: in settings and records.
        words: for people.
        amr: what it is called in tokens; the level follows from all methods of a sign-in.
    """

    name: str
    words: Words
    amr: frozenset[str]


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method(name="password", words=Words("パスワード", "password"), amr=frozenset({"pwd"})),
        Method(
            name="totp",
            words=Words("認証アプリの確認コード", "code of an authenticator app"),
            amr=frozenset({"otp"}),
        ),
        Method(
            name="recovery_code",
            words=Words("回復コード", "recovery code"),
            amr=frozenset({"otp"}),
        ),
        Method(
            name="passkey_synced",
            words=Words("パスキー（本人の確認なし）", "passkey, without PIN or biometrics"),
            amr=frozenset({"swk", "user"}),
        ),
        Method(
            name="passkey_synced_verified",
            words=Words(
                "パスキー（端末のPINまたは生体認証つき）", "passkey, with PIN or biometrics"
            ),
            amr=frozenset({"swk", "user", "mfa"}),
        ),
        Method(
            name="passkey_hardware",
            words=Words(
                "認定した耐タンパ性ハードウェアのパスキー（本人の確認なし）",
                "passkey in attested hardware, without PIN or biometrics",
            ),
            amr=frozenset({"hwk", "user"}),
        ),
        Method(
            name="passkey_hardware_verified",
            words=Words(
                "認定した耐タンパ性ハードウェアのパスキー（PINまたは生体認証つき）",
                "passkey in attested hardware, with PIN or biometrics",
            ),
            amr=frozenset({"hwk", "user", "mfa"}),
        ),
    )
}
"""A passkey counts as hardware where its maker's attestation leads to a root that the operator
trusts and it cannot be copied elsewhere; any other, synced or not, as software."""
