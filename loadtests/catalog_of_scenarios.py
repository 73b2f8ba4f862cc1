"""The scenarios that `python -m loadtests.run` knows: their stages, and what was published."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from loadtests.payloads import TYPES, sensor_type
from loadtests.shelters import TYPE as SHELTER

CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
_STELLIO = "Stellio 2024-09, 8 vCPU, generator apart"
_FIWARE = "Orion-LD 0.8, one broker CPU, not durable"


class Seeds(Enum):
    """What is there before a scenario begins."""

    NOTHING = "nothing"
    SENSORS = "sensors of profile A"
    STORES = "stores of profile B"
    SHELTERS = "evacuation shelters"
    TENANTS = "tenants with five sensors each"
    RESIDENTS = "accounts that sign in"

    @property
    def types(self) -> tuple[str, ...]:
        """The types of the entities."""
        if self is Seeds.STORES:
            return ("Store",)
        if self is Seeds.SHELTERS:
            return (SHELTER,)
        return tuple(sensor_type(number) for number in range(TYPES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A figure to compare with.

    Args:
        p95_ms: 0: none was published.
    """

    per_second: float
    source: str
    p95_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One measured stretch.

    Args:
        user_classes: of the scenario's locust file.
        users: how many ask at a time.
        published: what others say of the same stage.
    """

    name: str
    user_classes: tuple[str, ...]
    users: int
    published: Published | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario.

    Args:
        file: its module under loadtests/scenarios.
        entities: how many are there from the start, unless told otherwise.
        subscriptions: how many the runner makes, and receives for.
        watched: the attribute that they watch, of every type that is there.
        context: sent as Link, unless told otherwise.
        is_at_root: it asks beside the NGSI-LD interface.
    """

    title_ja: str
    title_en: str
    file: str
    stages: tuple[Stage, ...]
    seeds: Seeds
    entities: int
    subscriptions: int = 0
    watched: str = ""
    context: str = "core"
    is_at_root: bool = False


def _a(name: str, user: str, users: int, per_second: float, p95_ms: float) -> Stage:
    published = Published(per_second=per_second, p95_ms=p95_ms, source=_STELLIO)
    return Stage(
        name=f"{name}, {users} users", user_classes=(user,), users=users, published=published
    )


def _b(name: str, user: str, users: int, per_second: float | None) -> Stage:
    published = None if per_second is None else Published(per_second=per_second, source=_FIWARE)
    return Stage(name=name, user_classes=(user,), users=users, published=published)


SCENARIOS: Mapping[str, Scenario] = {
    "profile-a": Scenario(
        title_ja="プロファイルA（Stellioのk6試験と同じ形）",
        title_en="Profile A, as Stellio's k6 scripts",
        file="profile_a",
        stages=(
            _a("create", "Create", 10, 221, 70),
            _a("create", "Create", 50, 241, 297),
            _a("partial update", "PartialUpdate", 10, 375, 36),
            _a("partial update", "PartialUpdate", 50, 417, 157),
            _a("update attributes", "UpdateAttrs", 10, 179, 80),
            _a("update attributes", "UpdateAttrs", 50, 197, 310),
            _a("query by values", "QueryValues", 10, 32, 1_440),
            _a("query by relationship", "QueryRelationship", 10, 32, 547),
        ),
        seeds=Seeds.SENSORS,
        entities=100_000,
        context=CORE_CONTEXT,
    ),
    "profile-b": Scenario(
        title_ja="プロファイルB（FIWAREのGatling試験と同じ形）",
        title_en="Profile B, as FIWARE's Gatling scripts",
        file="profile_b",
        stages=(
            _b("update, pauses of 1 s", "Update", 100, None),
            _b("update", "UpdateAtOnce", 20, 978),
            _b("get", "Get", 20, 2_340),
            _b("query", "Query", 20, 1_786),
            _b("batch of 250", "Batch", 4, None),
        ),
        seeds=Seeds.STORES,
        entities=180,
    ),
    "profile-b-subscribed": Scenario(
        title_ja="プロファイルB（購読あり）",
        title_en="Profile B with a subscription on the type",
        file="profile_b",
        stages=(_b("update", "UpdateAtOnce", 20, 621),),
        seeds=Seeds.STORES,
        entities=180,
        subscriptions=1,
        watched="temperature",
    ),
    "municipality-day": Scenario(
        title_ja="自治体の一日（混合負荷）",
        title_en="The mixed day of a municipality",
        file="municipality_day",
        stages=(
            Stage(
                name="a day",
                user_classes=("Sensors", "Residents", "Officers", "Importer"),
                users=60,
            ),
        ),
        seeds=Seeds.SENSORS,
        entities=5_000,
    ),
    "disaster": Scenario(
        title_ja="災害時の集中（避難所の更新と周辺自治体の購読）",
        title_en="The burst of a disaster: shelters report, neighbours subscribe",
        file="disaster",
        stages=(
            Stage(
                name="the burst",
                user_classes=("Shelter", "Resident", "Neighbour"),
                users=40,
            ),
        ),
        seeds=Seeds.SHELTERS,
        entities=2_000,
        subscriptions=5,
        watched="occupancy",
    ),
    "many-tenants": Scenario(
        title_ja="多数のテナント",
        title_en="Many tenants",
        file="many_tenants",
        stages=(Stage(name="all of them", user_classes=("Anybody",), users=30),),
        seeds=Seeds.TENANTS,
        entities=100,
    ),
    "notifications": Scenario(
        title_ja="通知（配信すべき数と届いた数）",
        title_en="Notifications, due and delivered",
        file="notifications",
        stages=(Stage(name="300 updates a second", user_classes=("Updater",), users=30),),
        seeds=Seeds.SENSORS,
        entities=1_000,
        subscriptions=10,
        watched="dissolvedOxygen",
    ),
    "sign-ins": Scenario(
        title_ja="サインイン（OpenIDプロバイダー）",
        title_en="Sign-ins at the OpenID Provider",
        file="sign_ins",
        stages=(
            Stage(name="services", user_classes=("Service",), users=10),
            Stage(name="people", user_classes=("Person",), users=5),
        ),
        seeds=Seeds.RESIDENTS,
        entities=10,
        is_at_root=True,
    ),
}
