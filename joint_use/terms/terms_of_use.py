"""The terms of use (利用規約) that applicants agree to, by version."""

import re
from dataclasses import dataclass
from datetime import datetime

from joint_use.terms.errors import InvalidTerm

LONGEST = 100_000
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsOfUse:
    """One version, whose text never changes.

    Args:
        version: as people cite it: 2026-04, 1.0 …
        published_at: since when it holds; None: it came with the platform.
    """

    version: str
    ja: str
    en: str
    published_at: datetime | None = None


def _unwrapped(text: str) -> str:
    return "\n\n".join(" ".join(part.split("\n")) for part in text.split("\n\n"))


MODEL_TERMS = TermsOfUse(
    version="1",
    ja="""第1条（目的）
この規約は、データ連携基盤（以下「基盤」）を共同で利用する組織と、基盤の運営者との間の約束を定めます。

第2条（データの取扱い）
登録したデータは、登録した組織に帰属します。運営者は、基盤の提供に必要な範囲でのみ取り扱います。利用をやめるときは、すべてのデータを標準形式で書き出せます。

第3条（利用する組織の責任）
利用する組織は、登録・公開するデータの内容と権利関係に責任を持ち、認証情報を適切に管理し、不正利用に気付いたときは速やかに運営者へ連絡します。

第4条（利用の停止）
法令またはこの規約に反する利用、または他の利用者に著しい影響を与える利用があるとき、運営者は理由を示して利用を停止できます。

第5条（記録）
運営者は、安全な運営と費用の分担のために、利用の記録（利用者数、データ量、データ件数、操作の履歴）を保存します。

第6条（規約の変更）
運営者は、規約を変更するときは新しい版として公開します。同意は版ごとに記録します。""",
    en=_unwrapped(
        """Article 1 (Purpose)

These terms are an agreement between an organisation that shares the data platform ("the
platform") and the operator of the platform.

Article 2 (Data)

Data belong to the organisation that registered them. The operator handles them only as far as
providing the platform needs it. An organisation that leaves can export all its data in standard
formats.

Article 3 (What organisations answer for)

An organisation answers for the content of the data that it registers and publishes and for the
rights in them, keeps its credentials safe, and tells the operator at once of any misuse it
notices.

Article 4 (Suspension)

The operator may suspend a use that breaks the law or these terms, or that seriously affects
others, and gives the reason.

Article 5 (Records)

For safe operation and for sharing costs, the operator keeps records of use: numbers of users,
amounts of data, numbers of entities, and what was done.

Article 6 (Changes)

Changed terms are published as a new version. Agreement is recorded by version."""
    ),
)
"""What holds until the operator publishes terms of its own."""


def checked_terms(terms: TermsOfUse) -> TermsOfUse:
    """Answer with terms that have a version and a text in both languages.

    Raises:
        InvalidTerm: they have not.
    """
    if not _VERSION.fullmatch(terms.version):
        raise InvalidTerm(
            f"Version {terms.version[:50]!r} cannot be cited; right are 1 to 32 of letters, "
            "digits, '.', '_' and '-'",
            detail_ja="規約の版は英数字と . _ - の32文字以内にしてください。",
            where="version",
        )
    for name, text in (("ja", terms.ja), ("en", terms.en)):
        if not 0 < len(text.strip()) <= LONGEST or "\0" in text:
            raise InvalidTerm(
                f"Text {name} of the terms is empty or longer than {LONGEST} characters",
                detail_ja=f"規約の本文（{name}）は1〜{LONGEST}文字にしてください。",
                where=name,
            )
    return terms
