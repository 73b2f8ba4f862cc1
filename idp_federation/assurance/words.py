"""A text for people, in Japanese and in English."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["ja", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages; names in braces are filled in."""

    ja: str
    en: str

    def in_(self, language: Language, **details: str) -> str:
        """Answer with the text in one language.

        >>> Words("{n}です", "It is {n}").in_("en", n="2")
        'It is 2'
        """
        return (self.ja if language == "ja" else self.en).format(**details)
