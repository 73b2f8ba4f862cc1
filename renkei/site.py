"""What all pages of this platform share: its name, its navigation, its key."""

from kit.pages.language import Words
from kit.pages.rendering import Link, Site
from renkei.instance import Instance
from renkei.settings import Settings

_NAME = Words("連携 データ連携基盤", "renkei data platform")
_NAVIGATION = (
    Link("/search", Words("さがす", "Search")),
    Link("/models", Words("データモデル", "Data models")),
    Link("/tenants", Words("自治体・組織", "Participants")),
    Link("/developers", Words("開発者の方へ", "Developers")),
    Link("/join", Words("参加するには", "Join")),
    Link("/apply", Words("利用申請", "Apply")),
    Link("/operator/applications", Words("運営者", "Operator")),
)
_OPEN = Words(
    "認証なし（--auth off）で動いています。試用のための設定です。",
    "Running without authentication (--auth off): for trying things out.",
)


def site_of(settings: Settings) -> Site:
    """Answer with what the pages share."""
    return Site(
        name=_NAME,
        key=Instance(settings.data, settings.secrets).page_key().encode(),
        links=_NAVIGATION,
        notice=_OPEN if settings.auth == "off" else None,
    )
