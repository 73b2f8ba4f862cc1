"""How long a resident waits who signs in: `python -m loadtests.sign_in --data DIR`.

Against a running renkei, by plain HTTP with forms as browsers send them: from the service's request
over the pages to the code. With a passkey no password is hashed; with a password one is. The floor
is the sign-in page alone, fetched in the same run; client and platform share the machine.
"""

import argparse
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2

from loadtests.circumstances import installation
from renkei.settings import Settings, load
from tests.authenticator import Authenticator
from tests.integration.idp_federation.people import Op, RelyingParty
from tests.signing_in import PASSWORD, Resident, Surfer, invite

PAGES = "/identity/v1"


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A resident with a passkey that checks no PIN: it is asked for by a browser of hers."""

    resident: Resident
    key: Authenticator


@dataclass(frozen=True, kw_only=True)
class Waits:
    """How long some sign-ins took, in milliseconds."""

    name: str
    taken: Sequence[float]

    def row(self, floor: "Waits") -> str:
        """Write a row of the report."""
        p50, p95 = statistics.median(self.taken), percentile(self.taken, 95)
        ratio = p50 / statistics.median(floor.taken)
        return f"| {self.name} | {p50:.0f} | {p95:.0f} | {ratio:.1f} | {len(self.taken)} |"


def percentile(values: Sequence[float], of: int) -> float:
    """Answer with a percentile.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 95)
    4.0
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * of // 100)]


def enrolled(op: Op) -> Signer:
    """Open an account with a passkey that counts as both factors."""
    key = Authenticator(origin=op.url, synced=True)
    resident, link = invite(op.url, op.settings)
    with Surfer(url=op.url) as surfer:
        surfer.visit(link)
        surfer.fill(password=PASSWORD, again=PASSWORD)
        surfer.visit(f"{PAGES}/account/passkey?tenant=default")
        surfer.fill_passkey(key.make(surfer.passkey_options()))
    return Signer(resident=resident, key=key)


def with_passkey(app: RelyingParty, signer: Signer, surfer: Surfer) -> None:
    """Sign in at a service with a passkey."""
    begin(app, surfer)
    surfer.fill_passkey(signer.key.show(surfer.passkey_options()))
    surfer.arrived()["code"]


def with_password(app: RelyingParty, resident: Resident, surfer: Surfer) -> None:
    """Sign in at a service with a password alone."""
    begin(app, surfer)
    surfer.fill("sign-in", login=resident.login, password=resident.password)
    surfer.arrived()["code"]


def begin(app: RelyingParty, surfer: Surfer) -> None:
    """Let a service send a browser to the sign-in page."""
    asked = RelyingParty(op=app.op, id=app.id, key=app.key, cookies=surfer.cookies)
    surfer.follow(asked.ask("v" * 43))


def timed(op: Op, name: str, count: int, at_once: int, act: Callable[[Surfer], None]) -> Waits:
    """Measure one kind of visit, each in a fresh browser whose connection is open already."""

    def one(_: int) -> float:
        with Surfer(url=op.url) as surfer:
            surfer.send("GET", "/health")
            began = time.perf_counter()
            act(surfer)
            return (time.perf_counter() - began) * 1000

    with ThreadPoolExecutor(at_once) as threads:
        return Waits(name=name, taken=[*threads.map(one, range(count))])


def measure(op: Op, options: argparse.Namespace) -> list[Waits]:
    """Measure all kinds, the floor first."""
    app = op.register()
    signers = [enrolled(op) for _ in range(options.at_once * 4)]
    plain = invited(op)

    def page(surfer: Surfer) -> None:
        surfer.visit(f"{PAGES}/sign-in?tenant=default")

    def passkey(surfer: Surfer) -> None:
        with_passkey(app, secrets.choice(signers), surfer)

    def password(surfer: Surfer) -> None:
        with_password(app, plain, surfer)

    timed(op, "warm-up", 20, options.at_once, passkey)
    kinds = (("the sign-in page alone", page), ("with a passkey", passkey))
    measured = [timed(op, name, options.count, options.at_once, act) for name, act in kinds]
    few = max(10, options.count // 4)
    return [*measured, timed(op, "with a password", few, options.at_once, password)]


def invited(op: Op) -> Resident:
    """Open an account with a password alone."""
    resident, link = invite(op.url, op.settings)
    with Surfer(url=op.url) as surfer:
        surfer.visit(link)
        surfer.fill(password=PASSWORD, again=PASSWORD)
    return resident


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.sign_in", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data directory of a renkei")
    parser.add_argument("--count", type=int, default=200, help="sign-ins (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=2, help="default: %(default)s")
    options = parser.parse_args()
    url = installation(options.data).url.removesuffix("/ngsi-ld/v1")
    settings: Settings = load({"data": str(options.data)})
    with httpx2.Client(timeout=60, follow_redirects=False, trust_env=False) as http:
        waits = measure(Op(url=url, settings=settings, http=http), options)
    print(f"| {options.at_once} at once | p50 ms | p95 ms | pages' worth | sign-ins |")
    print("|---|---|---|---|---|")
    for one in waits:
        print(one.row(waits[0]))
    sys.exit(0)


if __name__ == "__main__":
    main()
