"""What is delivered: the image holds every package, documents are current, licences are known."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping

import pytest

from deploy import supply_chain
from renkei import reference
from renkei.instance import SECRETS
from tests.architecture.checkout import ROOT

CHART = ROOT / "deploy" / "helm" / "renkei"
GIVEN = "publicUrl=https://renkei.example.jp,database.existingSecret=database"
EVERYTHING = "autoscaling.enabled=true,ingress.enabled=true,serviceMonitor.enabled=true"
AGAIN = "it is made anew by `make docs`"


def test_the_reference_of_settings_is_current() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text("utf-8") == reference.document(), AGAIN


def test_the_list_of_licences_names_what_is_locked() -> None:
    text = (ROOT / "docs" / "licences.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| ([\w.-]+) \| (.+) \|$", text, re.MULTILINE))
    known = supply_chain.licences()
    assert len(known) > 50
    assert {name: listed.get(name) for name in known} == known, AGAIN


def test_no_package_is_under_a_licence_that_was_not_looked_at() -> None:
    refused = {
        name: licence
        for name, licence in supply_chain.licences().items()
        if not supply_chain.is_allowed(licence) and supply_chain.EXCEPTIONS.get(name) != licence
    }
    assert refused == {}


@pytest.mark.parametrize(
    ("expression", "is_allowed"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-only", False),
        ("MIT AND AGPL-3.0-or-later", False),
        ("unknown", False),
    ],
)
def test_a_licence_is_taken_only_where_each_part_of_it_is(
    expression: str, *, is_allowed: bool
) -> None:
    assert supply_chain.is_allowed(expression) is is_allowed


@pytest.mark.parametrize(
    ("found", "code", "words"),
    [
        ({"name": "a", "version": "1", "vulns": []}, 0, "1 packages audited, 0 known"),
        ({"name": "a", "version": "1", "vulns": [{"id": "X", "fix_versions": []}]}, 1, "a 1: X"),
        ({"name": "a", "skip_reason": "not found"}, 0, "NOT AUDITED"),
    ],
)
def test_an_audit_fails_for_known_weaknesses_and_says_when_nobody_could_be_asked(
    found: Mapping[str, object], code: int, words: str
) -> None:
    told = supply_chain.verdict([found])
    assert told[0] == code
    assert words in told[1]


def test_the_image_holds_each_package_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert [one for one in packages if f"COPY {one} {one}\n" not in dockerfile] == []
    assert [one for one in packages if f"!{one}" not in ignored] == []


def test_secrets_of_the_chart_are_those_that_instances_share() -> None:
    made = (CHART / "templates" / "secret.yaml").read_text("utf-8")
    lists = re.findall(r"range list ([^}]+?)\s*}}", made)
    assert sorted(re.findall(r'"(\w+)"', " ".join(lists))) == sorted(SECRETS)


@pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed")
@pytest.mark.parametrize("more", ["", EVERYTHING])
def test_the_chart_passes_its_own_tool(more: str) -> None:
    values = ",".join(part for part in (GIVEN, more) if part)
    rendered = subprocess.run(
        ["helm", "template", "t", str(CHART), "--kube-version", "1.31.0", "--set", values],
        check=False,
        capture_output=True,
        text=True,
    )
    assert rendered.returncode == 0, rendered.stderr
    assert "kind: Deployment" in rendered.stdout
    linted = subprocess.run(
        ["helm", "lint", "--strict", str(CHART), "--set", values], check=False, capture_output=True
    )
    assert linted.returncode == 0, linted.stdout


@pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed")
def test_the_chart_refuses_to_be_installed_without_an_address() -> None:
    refused = subprocess.run(
        ["helm", "template", "t", str(CHART), "--kube-version", "1.31.0"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert refused.returncode != 0
    assert "publicUrl" in refused.stderr
