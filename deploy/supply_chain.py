"""What the platform is made of: licences of its packages, and what is known against them.

python -m deploy.supply_chain licences   # docs/licences.md, of the packages in run.lock
python -m deploy.supply_chain audit      # pip-audit over run.lock, as `make audit` runs it
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "run.lock"
ALLOWED = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "EPL-2.0",
        "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib",
    }
)  # fmt: skip
"""Licences under which something may be part of the platform; by their SPDX names."""

EXCEPTIONS = {
    "frozendict": "LGPL-3.0-only",  # a library of PyLD's, used unchanged and exchangeable
}
"""Packages under other licences, each with the one that it was looked at under."""

# What older packages write in the place of SPDX names.
_SPELT = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "eclipse public license 2.0 (epl-2.0)": "EPL-2.0",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
_HEAD = """\
# Licences of what is installed 同梱・利用するソフトウェアのライセンス

Made by `make docs` of the packages in `requirements/run.lock`; a test allows the licences of
`deploy/supply_chain.py` and no others. renkei itself is under the Apache License 2.0.
`requirements/run.lock` のパッケージから `make docs` で生成しています。

| package | licence |
|---|---|
"""


def locked() -> Iterator[tuple[str, str, str]]:
    """Yield each package of the lock: its name, its version, and when it is installed."""
    for found in re.finditer(
        r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)(?: ; ([^\\\n]+))?", LOCK.read_text("utf-8"), re.MULTILINE
    ):
        yield found[1], found[2], (found[3] or "").strip()


def licence_of(about: PackageMetadata) -> str:
    """Answer with a package's licence as an SPDX expression, as well as it tells."""
    if "License-Expression" in about:
        return about["License-Expression"]
    classified = [
        one.rpartition(" :: ")[2]
        for one in about.get_all("Classifier") or []
        if one.startswith("License :: ") and one != "License :: OSI Approved"
    ]
    names = classified or [_first_line(about)]
    return " OR ".join(_SPELT.get(name.casefold(), name) for name in names)


def _first_line(about: PackageMetadata) -> str:
    lines = about["License"].splitlines() if "License" in about else []
    return lines[0] if lines else "unknown"


def licences() -> Mapping[str, str]:
    """Tell the licence of each package of the lock that is installed here."""
    found = {}
    for name, _, _ in locked():
        try:
            found[name] = licence_of(metadata(name))
        except PackageNotFoundError:
            continue  # of another system
    return found


def is_allowed(expression: str) -> bool:
    """Whether each licence that an expression names is one that we take.

    >>> is_allowed("MPL-2.0 AND (Apache-2.0 OR MIT)"), is_allowed("MIT AND AGPL-3.0-only")
    (True, False)
    """
    names = re.sub(r"[()]| WITH [\w.-]+", " ", expression)
    return all(name.strip() in ALLOWED for name in re.split(r" (?:AND|OR) ", names))


def document() -> str:
    """Write the list."""
    rows = [f"| {name} | {licence} |" for name, licence in sorted(licences().items())]
    return _HEAD + "\n".join(rows) + "\n"


def verdict(dependencies: Sequence[Mapping[str, object]]) -> tuple[int, str]:
    r"""Sum up what pip-audit found; what nobody could be asked about is no finding, and is said.

    >>> verdict([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}])
    (1, 'a 1: CVE-1, mended in 2\n1 packages audited, 1 known weaknesses')
    >>> verdict([{"name": "a", "skip_reason": "not found"}])
    (0, 'NOT AUDITED: the service of advisories cannot be reached from here, for any of 1 packages')
    """
    asked = [one for one in dependencies if "skip_reason" not in one]
    if not asked:
        return 0, (
            "NOT AUDITED: the service of advisories cannot be reached from here, for any of "
            f"{len(dependencies)} packages"
        )
    lines = [
        f"{one['name']} {one['version']}: {weakness['id']}, mended in "
        f"{', '.join(weakness['fix_versions']) or 'no version yet'}"
        for one in asked
        for weakness in _weaknesses(one)
    ]
    skipped = len(dependencies) - len(asked)
    unasked = f", {skipped} could not be asked about" if skipped else ""
    summary = f"{len(asked)} packages audited, {len(lines)} known weaknesses{unasked}"
    return (1 if lines else 0), "\n".join([*lines, summary])


def _weaknesses(dependency: Mapping[str, object]) -> Sequence[Mapping[str, list[str]]]:
    found = dependency.get("vulns")
    return found if isinstance(found, list) else []


def audit(command: Sequence[str]) -> int:
    """Run pip-audit over the lock; answers with the exit code."""
    options = ["-r", str(LOCK), "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    ran = subprocess.run([*command, *options], check=False, capture_output=True, text=True)  # noqa: S603 - named by the Makefile
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        print(f"NOT AUDITED: {ran.stderr.strip().splitlines()[-1:]}")  # noqa: T201 - a command
        return 0
    code, words = verdict(report["dependencies"])
    print(words)  # noqa: T201 - a command
    return code


if __name__ == "__main__":
    if sys.argv[1] == "audit":
        sys.exit(audit(sys.argv[2:]))
    sys.stdout.write(document())
