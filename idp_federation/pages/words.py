"""What people read of signing in: the names of factors and claims, and errors."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from idp_federation.accounts.account import AccountRecord
from idp_federation.accounts.errors import (
    AccountError,
    AccountUnknown,
    Busy,
    FactorRefused,
    LinkOver,
    SignInAgain,
    TooManyAttempts,
)
from idp_federation.accounts.factor import Factor, FactorKind
from idp_federation.oidc.authorization import plain
from idp_federation.oidc.claims_request import OPENID, SCOPE_CLAIMS
from idp_federation.oidc.errors import LoginRequired, OAuthError
from idp_federation.relying_party.errors import UpstreamError, UpstreamUnavailable
from joint_use import JointUseError, Levels, TenantUnknown
from kit.json import JsonValue
from kit.pages.language import Words
from kit.pages.refusals import PageRefused

FACTORS: Mapping[FactorKind, Words] = {
    FactorKind.PASSWORD: Words("パスワード", "Password"),
    FactorKind.TOTP: Words("認証アプリ", "Authenticator app"),
    FactorKind.PASSKEY: Words("パスキー", "Passkey"),
    FactorKind.RECOVERY_CODE: Words("回復コード", "Recovery code"),
}
PROOFING: Mapping[int, Words] = {
    1: Words("自己申告（未確認）", "self-asserted, not checked"),
    2: Words("公的書類により確認済み", "checked by official documents"),
    3: Words("公的書類により対面で確認済み", "checked face to face by official documents"),
}
AUTHENTICATION: Mapping[int, Words] = {
    1: Words("1つの要素", "one factor"),
    2: Words("2つ以上の要素", "several factors"),
    3: Words(
        "耐タンパ性ハードウェアを含む2つ以上の要素", "several factors, one in secure hardware"
    ),
}
WRONG_CODE = Words(
    "確認コードが正しくありません。アプリに今表示されている6桁の数字を入力してください。",
    "The code is not right; type the six digits that the app shows now.",
)
SCOPES: Mapping[str, Words] = {
    "read": Words("あなたについてのデータを読み取る", "Read data about you"),
    "write": Words("データを登録・更新する", "Write data"),
    "subscribe": Words("データの変更の通知を受ける", "Be told of changes of data"),
    "offline_access": Words(
        "サインインしていない間もアクセスを続ける", "Have access while you are not signed in"
    ),
}
CLAIMS: Mapping[str, Words] = {
    "name": Words("氏名", "Name"),
    "family_name": Words("姓", "Family name"),
    "given_name": Words("名", "Given name"),
    "middle_name": Words("ミドルネーム", "Middle name"),
    "nickname": Words("ニックネーム", "Nickname"),
    "preferred_username": Words("表示名", "Preferred name"),
    "profile": Words("プロフィールのページ", "Profile page"),
    "picture": Words("写真", "Picture"),
    "website": Words("ウェブサイト", "Website"),
    "gender": Words("性別", "Gender"),
    "birthdate": Words("生年月日", "Date of birth"),
    "zoneinfo": Words("タイムゾーン", "Time zone"),
    "locale": Words("言語と地域", "Language and region"),
    "updated_at": Words("情報の更新日時", "When this was last changed"),
    "email": Words("メールアドレス", "E-mail address"),
    "email_verified": Words("メールアドレスの確認の有無", "Whether the e-mail address is checked"),
    "address": Words("住所", "Address"),
    "phone_number": Words("電話番号", "Telephone number"),
    "phone_number_verified": Words(
        "電話番号の確認の有無", "Whether the telephone number is checked"
    ),
}
_VERIFIED = "verified_claims."
NOTICES: Mapping[str, Words] = {
    "denied": Words(
        "認証事業者での手続きが取り消されました。もう一度お試しいただくか、別の方法をお選びください。",
        "It was cancelled at the provider. Try again, or choose another way.",
    ),
    "no-account": Words(
        "この認証事業者と連携したアカウントがありません。先にログインIDなどでサインインし、"
        "アカウントのページで連携してください。",
        "No account here is linked to this provider. Sign in another way first and link it on "
        "your account page.",
    ),
    "other-account": Words(
        "認証事業者で確認されたのは、サインイン中のアカウントと連携していない方です。",
        "Whoever was confirmed at the provider is not linked to the account that is signed in.",
    ),
    "account-closed": Words("アカウントは閉鎖されています。", "The account is closed."),
    "linked": Words("連携しました。", "The account is linked."),
    "unlinked": Words("連携を解除しました。", "The link has ended."),
    "other-person": Words(
        "氏名または生年月日が一致しないため、連携できませんでした。登録内容に誤りがあるときは、"
        "自治体の窓口にお問い合わせください。",
        "Name or date of birth differ, so the accounts were not linked. If something is wrong "
        "with what is recorded, ask your municipality.",
    ),
    "taken": Words(
        "認証事業者のアカウントが別のアカウントと連携しているか、"
        "この認証事業者とは既に別のアカウントで連携しています。",
        "The account at the provider is linked to another account here, or this one to another "
        "account there.",
    ),
    "only-way": Words(
        "ほかにサインインの方法がないため、連携を解除できません。先に自治体の窓口で、"
        "サインインの方法を登録するためのリンクを受け取ってください。",
        "You have no other way to sign in, so the link stays. Ask your municipality for a link "
        "to set up another way first.",
    ),
    "sign-in-again": Words(
        "連携するには、この基盤のサインイン方法で、もう一度サインインしてください。",
        "To link an account, sign in once more by your own means here.",
    ),
}
"""What is told at the top of a page, by the word in its address."""
_BROWSERS = (
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_STATUS_OF: Mapping[type[AccountError], tuple[HTTPStatus, Words]] = {
    AccountUnknown: (HTTPStatus.NOT_FOUND, Words("アカウントがありません", "No such account")),
    LinkOver: (HTTPStatus.GONE, Words("リンクは使えません", "The link is over")),
    TooManyAttempts: (
        HTTPStatus.TOO_MANY_REQUESTS,
        Words("試行の回数が多すぎます", "Too many attempts"),
    ),
    Busy: (HTTPStatus.SERVICE_UNAVAILABLE, Words("混み合っています", "Busy")),
    SignInAgain: (HTTPStatus.FORBIDDEN, Words("もう一度サインインしてください", "Sign in again")),
    FactorRefused: (HTTPStatus.FORBIDDEN, Words("この操作はできません", "Not possible")),
}
_OTHERWISE = (HTTPStatus.BAD_REQUEST, Words("確認できませんでした", "That could not be verified"))
_NOT_SIGNED_IN = Words("サインインできません", "Cannot sign in")
_WHY: Mapping[type[OAuthError], tuple[HTTPStatus, Words]] = {
    UpstreamUnavailable: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        Words(
            "認証事業者につながりません。"
            "時間をおいてやり直すか、別の方法でサインインしてください。",
            "The provider cannot be reached. Try again later, or sign in another way.",
        ),
    ),
    UpstreamError: (
        HTTPStatus.BAD_REQUEST,
        Words(
            "認証事業者からの応答を確認できませんでした。サービスの画面からやり直してください。",
            "The provider's answer could not be verified. Start again at the service.",
        ),
    ),
    LoginRequired: (
        HTTPStatus.BAD_REQUEST,
        Words(
            "サインインの有効期限が切れました。もう一度サインインしてください。",
            "Your sign-in is over. Sign in again.",
        ),
    ),
}
"""The first that fits."""
_REQUEST_WRONG = (
    HTTPStatus.BAD_REQUEST,
    Words(
        "手続きの有効期限が切れたか、サービスからの要求に誤りがあります。"
        "サービスの画面からやり直してください。",
        "This has expired, or the service's request is wrong. Start again at the service.",
    ),
)


def told(error: AccountError) -> Words:
    """Answer with an error's own sentences."""
    return Words(error.detail_ja, error.detail + ".")


def named(factor: Factor) -> Words:
    """Answer with what a factor is called on pages."""
    kind = FACTORS[factor.kind]
    if factor.facts.get("hardware") is True:
        return Words(f"{kind.ja}（認定ハードウェア）", f"{kind.en} (attested hardware)")
    return kind


def scope(name: str) -> Words:
    """Answer with what people read of something that a service may do; of claims nothing here."""
    return SCOPES.get(name, Words(name, name))


def scopes(names: Iterable[str]) -> list[str]:
    """List those scopes that are no other word for claims."""
    return [name for name in names if name not in SCOPE_CLAIMS and name != OPENID]


def claim(name: str) -> Words:
    """Answer with what people call a claim."""
    if name.startswith(_VERIFIED):
        plain_one = claim(name.removeprefix(_VERIFIED))
        return Words(f"{plain_one.ja}（確認済みの内容）", f"{plain_one.en}, as it was verified")
    return CLAIMS.get(name, Words(name, name))


def in_order(names: Iterable[str]) -> list[str]:
    """List claims as people expect them: the name first, what is verified last."""
    places = {name: place for place, name in enumerate(CLAIMS)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))


def value(known: JsonValue) -> str:
    """Write a claim's value down."""
    if isinstance(known, dict):
        return str(known.get("formatted") or " ".join(str(part) for part in known.values()))
    return str(known)


def known_as(record: AccountRecord) -> str:
    """Answer with what somebody is called on her own pages."""
    return str(record.account.claims.get("name", record.login or record.account.id))


def browser(agent: str) -> Words:
    """Say in few words which browser names itself so; a hint for its owner, no more.

    >>> browser("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36").en
    'Chrome on Linux'
    """
    name = next((shown for part, shown in _BROWSERS if part in agent), "")
    place = next((shown for part, shown in _SYSTEMS if part in agent), "")
    if not name and not place:
        return Words("不明なブラウザー", "Unknown browser")
    known = [part for part in (name, place) if part]
    return Words("／".join(known), " on ".join(known))


def item(iri: str) -> str:
    """Answer with the last part of the name of a type of entities."""
    return re.split(r"[/#:]", iri)[-1] or iri


def levels_in_words(levels: Levels) -> Words:
    """Say both levels in a sentence each."""
    proofing, authentication = PROOFING[levels.proofing], AUTHENTICATION[levels.authentication]
    return Words(
        f"身元確認レベル{levels.proofing}：{proofing.ja}、"
        f"当人認証レベル{levels.authentication}：{authentication.ja}",
        f"Proofing level {levels.proofing}: {proofing.en}; "
        f"authentication level {levels.authentication}: {authentication.en}",
    )


def explain(error: Exception) -> PageRefused | None:
    """Say an error of accounts, of a service's request or of a municipality as a page."""
    if isinstance(error, AccountError):
        status, title = _STATUS_OF.get(type(error), _OTHERWISE)
        return PageRefused(
            status, title, told(error), retry_after_s=getattr(error, "retry_after_s", None)
        )
    if isinstance(error, TenantUnknown):
        return PageRefused(
            HTTPStatus.NOT_FOUND,
            Words("自治体がありません", "No such municipality"),
            Words("アドレスに誤りがないか確かめてください。", "Check the address for mistakes."),
        )
    if isinstance(error, OAuthError):
        return _not_signed_in(error)
    if isinstance(error, JointUseError):
        return PageRefused(
            HTTPStatus.BAD_REQUEST, _OTHERWISE[1], Words(error.detail_ja, error.detail + ".")
        )
    return None


def _not_signed_in(error: OAuthError) -> PageRefused:
    """Say why nobody signs in: at a provider, here, or for a service's request."""
    status, why = next(
        (known for kind, known in _WHY.items() if isinstance(error, kind)), _REQUEST_WRONG
    )
    for_developers = f"{error.code}: {plain(error.detail)}"
    return PageRefused(
        status,
        _NOT_SIGNED_IN,
        Words(
            f"{why.ja}サービスの開発者の方へ：{for_developers}",
            f"{why.en} For its developers: {for_developers}",
        ),
    )
