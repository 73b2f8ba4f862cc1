"""The tables of docs/assurance.md: for every pair held and required, what each class decides."""

from collections.abc import Iterable

from idp_federation.assurance.amr import highest_authentication
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import EVERY, shown
from idp_federation.assurance.methods import METHODS
from idp_federation.assurance.methods import VERSION as METHODS_VERSION
from idp_federation.assurance.proofing import VERSION as WAYS_VERSION
from idp_federation.assurance.proofing import WAYS
from idp_federation.assurance.service_class import (
    DEFAULTS,
    NAMES,
    Requirement,
    ServiceClass,
    Shortfall,
    shortfall,
)
from idp_federation.assurance.sources import SOURCES
from idp_federation.assurance.sources import VERSION as SOURCES_VERSION
from joint_use import Levels

ENOUGH = "可"
LACKS_PROOFING = "身"
LACKS_AUTHENTICATION = "当"
LACKS_PROOF = "証"

_PROOFS = {
    Proof.KYC: ("犯収法のKYC（日付のあるもの）", "KYC by `jp_aml`, dated"),
    Proof.JPKI_SIGNATURE: ("マイナンバーカードの電子署名（JPKI）", "JPKI signature"),
}

_HEAD = """\
# Levels of assurance 保証レベル

Written by `make docs` from the decisions themselves; a test compares every cell.
この文書は `make docs` が判定の実装から作ります。すべての欄をテストで確かめています。

A pair is (身元確認 proofing, 当人認証 authentication). The two do not make up for each other: \
(2, 3) and (3, 2) do not compare, and a requirement is met only when both components are.
組は（身元確認, 当人認証）です。両者は互いに補い合わず、(2, 3) と (3, 2) は比べられません。\
要求は両方の成分が満たされたときだけ満たされます。

| cell 欄 | in English | 日本語 |
|---|---|---|
| 可 | allowed | 許可 |
| 当 | lacks authentication: step up | 当人認証が不足：より強い認証を求める |
| 身 | lacks proofing: step up | 身元確認が不足：より確かな確認を求める |
| 証 | lacks the extra evidence that the class asks for | その区分が求める追加の証拠が不足 |

Where a level cannot be reached at all (a cap of the map, the agreement or the source), the answer \
is a refusal and not a step-up.
上限（対応表・協定・取得元）のため到達できないときは、引上げを求めず拒否します。
"""


def document() -> str:
    """Write the whole document."""
    classes = "\n".join(_class(one) for one in ServiceClass)
    return f"{_HEAD}\n{_defaults()}\n{_sources()}\n{_methods()}\n{_ways()}\n{classes}"


def cell(held: Levels, proofs: frozenset[Proof], requirement: Requirement) -> str:
    """Write what is decided for a pair held.

    >>> cell(Levels(2, 1), frozenset(), Requirement(levels=Levels(3, 2)))
    '身当'
    """
    lacking: Shortfall = shortfall(held, proofs, requirement)
    if not lacking:
        return ENOUGH
    parts = (
        (lacking.proofing, LACKS_PROOFING),
        (lacking.authentication, LACKS_AUTHENTICATION),
        (bool(lacking.proofs), LACKS_PROOF),
    )
    return "".join(sign for is_lacking, sign in parts if is_lacking)


def _defaults() -> str:
    rows = [
        [
            NAMES[one].ja,
            NAMES[one].en,
            shown(DEFAULTS[one].levels),
            *_proof_names(DEFAULTS[one].proofs),
        ]
        for one in ServiceClass
    ]
    header = ["区分", "class", "既定の要求 default", "追加の証拠", "extra evidence"]
    return f"## Default requirements 既定の要求\n\n{_table(header, rows)}"


def _sources() -> str:
    rows = [
        [source.words.ja, source.words.en, f"`{source.name}`", shown(source.cap)]
        for source in SOURCES.values()
    ]
    table = _table(["取得元", "source", "name", "上限 cap"], rows)
    return f"## Sources of identity, version {SOURCES_VERSION} 本人情報の取得元\n\n{table}"


def _methods() -> str:
    password = METHODS["password"].amr
    rows = [
        [
            method.words.ja,
            method.words.en,
            " ".join(f"`{one}`" for one in sorted(method.amr)),
            str(highest_authentication(method.amr)),
            "–" if method.amr == password else str(highest_authentication(method.amr | password)),
        ]
        for method in METHODS.values()
    ]
    head = ["方法", "method", "amr", "単独 alone", "パスワードと with a password"]
    title = f"## Methods of signing in here, version {METHODS_VERSION} サインインの方法と当人認証"
    return f"{title}\n\n{_table(head, rows)}"


def _ways() -> str:
    rows = [[way.words.ja, way.words.en, f"`{name}`", str(way.level)] for name, way in WAYS.items()]
    title = f"## Proofing by operators, version {WAYS_VERSION} 運営者による身元確認"
    return f"{title}\n\n{_table(['方法', 'way', 'name', '身元確認 proofing'], rows)}"


def _class(service_class: ServiceClass) -> str:
    names = NAMES[service_class]
    return (
        f"## {names.ja}\n\n{names.en[0].upper()}{names.en[1:]}\n\n"
        + _decisions(service_class, with_evidence=True)
        + "\n"
        + _decisions(service_class, with_evidence=False)
    )


def _decisions(service_class: ServiceClass, *, with_evidence: bool) -> str:
    title = "With evidence 証拠あり" if with_evidence else "Without evidence 証拠なし"
    proofs = frozenset(Proof) if with_evidence else frozenset()
    asked = DEFAULTS[service_class]
    header = ["held 保有 ＼ required 要求", *(_marked(one, asked.levels) for one in EVERY)]
    rows = [
        [
            shown(held),
            *(
                cell(held, proofs, Requirement(levels=required, proofs=asked.proofs))
                for required in EVERY
            ),
        ]
        for held in EVERY
    ]
    return f"### {title}\n\n{_table(header, rows)}"


def _marked(levels: Levels, default: Levels) -> str:
    return f"**{shown(levels)}**" if levels == default else shown(levels)


def _proof_names(proofs: frozenset[Proof]) -> tuple[str, str]:
    names = [_PROOFS[one] for one in Proof if one in proofs]
    return "、".join(ja for ja, _ in names) or "–", ", ".join(en for _, en in names) or "–"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(header)
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
