"""The root of every error that renkei raises on purpose.

A house's own tree of errors starts from RenkeiError; anything else that reaches a door is a fault
of ours and is answered with 5xx and a trace id.
"""


class RenkeiError(Exception):
    """The root of what is refused on purpose.

    Args:
        detail: one sentence, present tense, subject first, saying what would be right.
        where: where in the input: a JSON pointer ("/temperature/value"), a parameter, a column.
    """

    def __init__(self, detail: str, *, where: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.where = where


class SpokenError(RenkeiError):
    """What is refused on purpose and told to people: in English, and in Japanese for officers.

    Args:
        detail: one English sentence, for logs and developers too.
        detail_ja: the same in Japanese.
        where: the field that is wrong.
    """

    def __init__(self, detail: str, *, detail_ja: str, where: str | None = None) -> None:
        super().__init__(detail, where=where)
        self.detail_ja = detail_ja
