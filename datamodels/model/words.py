"""A text for people, in Japanese first and in English."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["ja", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    ja: str
    en: str

    def in_(self, language: Language) -> str:
        """Answer with the text in one language.

        >>> Words("行", "row").in_("en")
        'row'
        """
        return self.ja if language == "ja" else self.en
