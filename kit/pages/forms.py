"""A form as it was sent, and as it is shown again with what is wrong in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from kit.pages import forgery, refusals
from kit.pages.language import Words
from kit.pages.signed import Signer

MOST_BYTES = 64 * 1024
MOST_FIELDS = 200
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What the fields of a form show: values, and errors by field.

    Args:
        values: by the names of the fields.
        errors: likewise; their order is that of the summary at the top.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Words] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Answer with a field's value, or an empty text."""
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form as it was sent: texts by the names of its fields."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Answer with a field's only or last value, trimmed; an empty text where it is absent.

        >>> Form(values={"name": (" 江別市 ",)}).value("name")
        '江別市'
        """
        given = self.values.get(name, ())
        return given[-1].strip() if given else ""

    def every(self, name: str) -> tuple[str, ...]:
        """Answer with all values of a field that may be given several times."""
        return self.values.get(name, ())

    def fields(self, **errors: Words) -> Fields:
        """Answer with what was sent, to be shown again with what is wrong."""
        return self.refused(errors)

    def refused(self, errors: Mapping[str, Words]) -> Fields:
        """Answer with what was sent, to be shown again with errors by field."""
        return Fields(values={name: self.value(name) for name in self.values}, errors=errors)


async def form_of(request: Request, signer: Signer, *, most_bytes: int = MOST_BYTES) -> Form:
    """Read the form that a request sends, where it comes from a page of ours.

    Line ends become those of Unix; NUL, which no database keeps, is refused.

    Raises:
        PageRefused: it is no form, too large, or not from a page of ours.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise refusals.unreadable()
    pairs = _pairs(await _body(request, most_bytes))
    values: dict[str, tuple[str, ...]] = {}
    for name, text in pairs:
        values[name] = (*values.get(name, ()), text.replace("\r\n", "\n"))
    form = Form(values=values)
    if forgery.is_forged(request, form.value(forgery.FIELD), signer):
        raise refusals.forged()
    del values[forgery.FIELD]
    return form


async def _body(request: Request, most_bytes: int) -> bytes:
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > most_bytes:
            raise refusals.too_large()
    return bytes(read)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise refusals.unreadable() from error
    if any("\0" in text for pair in pairs for text in pair):
        raise refusals.unreadable()
    return pairs
