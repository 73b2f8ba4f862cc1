"""What a page refuses, in words for the person who reads it."""

from http import HTTPStatus

from kit.errors import RenkeiError
from kit.pages.language import Words


class PageRefused(RenkeiError):
    """A request for a page is refused; `Pages.route` shows it as a page.

    Args:
        status: of the answer.
        title: a few words.
        text: what is wrong and what to do now.
        retry_after_s: when it is worth trying again.
    """

    def __init__(
        self, status: HTTPStatus, title: Words, text: Words, *, retry_after_s: int | None = None
    ) -> None:
        super().__init__(text.en)
        self.status = status
        self.title = title
        self.text = text
        self.retry_after_s = retry_after_s


def not_found() -> PageRefused:
    """Say that there is no such page."""
    return PageRefused(
        HTTPStatus.NOT_FOUND,
        Words("ページがありません", "Page not found"),
        Words(
            "アドレスに誤りがないか確かめてください。",
            "There is no page at this address; check it for mistakes.",
        ),
    )


def forged() -> PageRefused:
    """Say that a form was not sent from a page of ours, or from one that has grown old."""
    return PageRefused(
        HTTPStatus.FORBIDDEN,
        Words("送信を確認できませんでした", "The form could not be verified"),
        Words(
            "ページの有効期限が切れたか、別のサイトから送信されました。"
            "前のページに戻って読み込み直し、もう一度送信してください。",
            "The page has expired or the form came from another site. "
            "Go back, reload the page and send it again.",
        ),
    )


def unreadable() -> PageRefused:
    """Say that a body is no form."""
    return PageRefused(
        HTTPStatus.BAD_REQUEST,
        Words("送信内容を読み取れません", "The form cannot be read"),
        Words("ページの入力欄から送信してください。", "Send the form from its page."),
    )


def too_large() -> PageRefused:
    """Say that a form is larger than any honest one."""
    return PageRefused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        Words("送信内容が大きすぎます", "The form is too large"),
        Words("文章を短くしてください。", "Shorten the texts."),
    )


def unavailable(retry_after_s: int) -> PageRefused:
    """Say that the database is away."""
    return PageRefused(
        HTTPStatus.SERVICE_UNAVAILABLE,
        Words("一時的に利用できません", "Temporarily unavailable"),
        Words(
            "しばらくしてから、もう一度お試しください。",
            "The service cannot answer now; try again in a moment.",
        ),
        retry_after_s=retry_after_s,
    )


def too_many(retry_after_s: int) -> PageRefused:
    """Say that somebody sends too often."""
    return PageRefused(
        HTTPStatus.TOO_MANY_REQUESTS,
        Words("送信の回数が多すぎます", "Too many requests"),
        Words(
            "時間をおいて、もう一度お試しください。",
            "You have sent too often; wait a while and try again.",
        ),
        retry_after_s=retry_after_s,
    )


def too_often_read(retry_after_s: int) -> PageRefused:
    """Say that data are asked for more often than they may be, by whoever it was."""
    return PageRefused(
        HTTPStatus.TOO_MANY_REQUESTS,
        Words("アクセスが集中しています", "Too many requests"),
        Words(
            "このデータへのアクセスが上限に達しています。時間をおいて、もう一度お試しください。",
            "These data are asked for more often than they may be; wait a moment and try again.",
        ),
        retry_after_s=retry_after_s,
    )
