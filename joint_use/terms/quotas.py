"""Quotas: how much a tenant may use."""

from dataclasses import dataclass, fields, replace

from joint_use.terms.errors import InvalidTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much a tenant may use; None: there is no limit, or the platform's own holds.

    Args:
        requests_per_s: on the long run; what it saved up in two seconds it may ask at once.
        request_bytes: of one body.
        bytes: of entities' attributes as compact JSON.
    """

    requests_per_s: float | None = None
    request_bytes: int | None = None
    entities: int | None = None
    bytes: int | None = None
    subscriptions: int | None = None

    def over(self, defaults: "Quota") -> "Quota":
        """Fill what is not said with defaults.

        >>> Quota(entities=5).over(Quota(entities=9, bytes=100))
        Quota(requests_per_s=None, request_bytes=None, entities=5, bytes=100, subscriptions=None)
        """
        said = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        return replace(defaults, **said)


NO_QUOTA = Quota()


def checked(quota: Quota) -> Quota:
    """Answer with a quota that makes sense.

    Raises:
        InvalidTerm: a limit is negative, or 0 where nothing would be left.
    """
    for field in fields(quota):
        limit = getattr(quota, field.name)
        least = 0 if field.name in _MAY_BE_NOTHING else _LEAST
        if limit is not None and not least <= limit <= _MOST:
            raise InvalidTerm(
                f"Quota {field.name} is {limit}; right is a number from {least:g} to {_MOST:g}",
                detail_ja=f"上限 {field.name} は {least:g} 以上 {_MOST:g} 以下の数にしてください。",
                where=field.name,
            )
    return quota


_MAY_BE_NOTHING = frozenset({"entities", "bytes", "subscriptions"})
_LEAST = 0.001
_MOST = 2**53
