"""Sources of identity and what each can at most prove: data, to be changed without code."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp_federation.assurance.words import Words
from joint_use import Levels

VERSION = 2
"""The version of the table below; it goes up with every change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySource:
    """Where an account's identity comes from.

    Args:
        name: its name in settings and records.
        words: its name for people.
        cap: the most that it can stand for.
    """

    name: str
    words: Words
    cap: Levels


SOURCES: Mapping[str, IdentitySource] = {
    source.name: source
    for source in (
        IdentitySource(
            name="self_asserted",
            words=Words("自己申告", "self-asserted"),
            cap=Levels(1, 3),
        ),
        IdentitySource(
            name="sns",
            words=Words("SNSアカウント", "social network account"),
            cap=Levels(1, 3),
        ),
        IdentitySource(
            name="ekyc",
            words=Words("オンラインでの本人確認（eKYC）", "online proofing (eKYC)"),
            cap=Levels(2, 3),
        ),
        IdentitySource(
            name="certified_signature",
            words=Words("電子署名法の認定認証業務", "certified e-signature service"),
            cap=Levels(2, 3),
        ),
        IdentitySource(
            name="face_to_face",
            words=Words("対面での確認（QRコード）", "face to face (QR code)"),
            cap=Levels(3, 3),
        ),
        IdentitySource(
            name="my_number_card",
            words=Words("マイナンバーカード", "My Number Card"),
            cap=Levels(3, 3),
        ),
        IdentitySource(
            name="peer",
            words=Words("認証連携先の基盤（レベル対応表による）", "federated platform, by its map"),
            cap=Levels(3, 3),
        ),
    )
}
