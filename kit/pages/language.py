"""In which language a reader is answered: Japanese unless they ask for English."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from starlette.requests import Request

Language: TypeAlias = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
COOKIE = "renkei_lang"
PARAMETER = "lang"
_SUGGESTED = "renkei_language"


@dataclass(frozen=True, slots=True)
class Words:
    """The same in Japanese and English."""

    ja: str
    en: str

    def in_(self, language: Language) -> str:
        """Answer with the words of one language.

        >>> Words("申請", "Apply").in_("en")
        'Apply'
        """
        return self.ja if language == "ja" else self.en


def language_of(request: Request) -> Language:
    """Choose by `?lang=`, then an earlier choice, what a service suggests, Accept-Language."""
    chosen = asked_for(request) or _known(request.cookies.get(COOKIE))
    chosen = chosen or getattr(request.state, _SUGGESTED, None)
    return chosen or preferred(request.headers.get("accept-language", ""))


def suggest(request: Request, tags: Sequence[str]) -> None:
    """Let a page be in the first language of a list that there is, unless its reader chose.

    Spec: OpenID Connect Core 1.0 §3.1.2.1 (ui_locales)
    """
    named = (_known(tag.partition("-")[0].lower()) for tag in tags)
    found = next((language for language in named if language is not None), None)
    if found is not None:
        setattr(request.state, _SUGGESTED, found)


def asked_for(request: Request) -> Language | None:
    """Answer with the language that the address itself asks for."""
    return _known(request.query_params.get(PARAMETER))


def preferred(accepted: str) -> Language:
    """Choose by an Accept-Language header; Japanese where it settles nothing.

    Spec: RFC 9110 §12.5.4

    >>> preferred("en-GB,en;q=0.9"), preferred("fr, ja;q=0.4, en;q=0.3"), preferred("de")
    ('en', 'ja', 'ja')
    """
    weights: dict[Language, float] = {}
    for language, weight in _ranges(accepted):
        known = _known(language)
        if known is not None and weight > weights.get(known, 0.0):
            weights[known] = weight
    return "en" if weights.get("en", 0.0) > weights.get("ja", 0.0) else "ja"


def _ranges(accepted: str) -> Iterator[tuple[str, float]]:
    """Yield the primary language and the weight of each range; a broken weight counts nothing."""
    for part in accepted.split(","):
        tag, _, parameters = part.partition(";")
        name, _, value = parameters.strip().partition("=")
        try:
            weight = float(value) if name == "q" else 1.0
        except ValueError:
            weight = 0.0
        yield tag.strip().partition("-")[0].lower(), weight


def _known(text: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == text), None)
