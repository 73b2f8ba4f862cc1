"""Which tenant a request is in is said once and exactly; any other spelling is nobody's."""

from collections.abc import Mapping, Sequence

import httpx2
import pytest

from tests.isolation.neighbours import Names, Neighbours, path_of, seen

# B's name as somebody might write it who wants a check and a use of it to differ.
SPELLINGS: Mapping[str, str] = {
    "upper case": "{B}",
    "a capital": "{Cap}",
    "percent-encoded": "%{hex}{rest}",
    "encoded twice": "%25{hex}{rest}",
    "quoted": '"{b}"',
    "after A's": "{a},{b}",
    "before A's": "{b}, {a}",
    "a list of one": "{b},",
    "with a parameter": "{b};q=1",
    "with a path": "./{b}",
    "with A's path": "{a}/../{b}",
    "with a wildcard": "{short}%",
    "with an asterisk": "{short}*",
    "with a null": "{b}%00",
    "with a comment": "{b}--",
    "with a quote": "{b}' OR '1'='1",
    "with a dollar": "{b}$",
    "in brackets": "({b})",
    "wide letters": "{wide}",
    "a space within": "{b} {b}",
    "too long": "{b}{b}{b}{b}{b}{b}",
    "empty": "",
}


def spelt(pattern: str, neighbours: Neighbours) -> str:
    a, b = neighbours.a.name, neighbours.b.name
    return pattern.format(
        a=a,
        b=b,
        B=b.upper(),
        Cap=b.capitalize(),
        hex=f"{ord(b[0]):x}",
        rest=b[1:],
        short=b[:-1],
        wide="".join(chr(ord(letter) + 0xFEE0) for letter in b),
    )


def ask(neighbours: Neighbours, method: str, path: str, tenants: Sequence[str]) -> httpx2.Response:
    headers = [(b"NGSILD-Tenant", name.encode()) for name in tenants]
    if method == "POST":
        entity = {"id": "urn:ngsi-ld:X:1", "type": "T"}
        return neighbours.a.client.http.request(
            method, path_of(neighbours.a) + path, json=entity, headers=headers
        )
    return neighbours.a.client.http.request(method, path_of(neighbours.a) + path, headers=headers)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_name_that_is_not_bs_letter_by_letter_is_nobodys(
    neighbours: Neighbours, spelling: str
) -> None:
    name = spelt(SPELLINGS[spelling], neighbours)
    for method, path in (
        ("GET", f"/entities/{neighbours.b.names.entity}"),
        ("GET", "/entities?type=*&local=true"),
        ("POST", "/entities"),
        ("DELETE", f"/entities/{neighbours.b.names.entity}"),
    ):
        answer = ask(neighbours, method, path, [name])
        assert answer.status_code == 404, answer.text
        assert answer.json()["type"].endswith("/NonexistentTenant")
        assert neighbours.b.names.mark not in answer.text


def test_a_tenant_named_twice_is_nobody(neighbours: Neighbours) -> None:
    before = neighbours.truth()
    a, b = neighbours.a.name, neighbours.b.name
    for names in ((a, b), (b, a), (a, a), (b, b), ("", b), (b, ""), (a, "", b)):
        for method, path in (
            ("GET", f"/entities/{neighbours.b.names.entity}"),
            ("POST", "/entities"),
            ("DELETE", f"/entities/{neighbours.b.names.entity}"),
        ):
            answer = ask(neighbours, method, path, names)
            assert answer.status_code == 404, (names, answer.text)
            assert answer.json()["type"].endswith("/NonexistentTenant")
    assert neighbours.truth() == before


def test_only_the_header_names_a_tenant(neighbours: Neighbours) -> None:
    b, names = neighbours.b, neighbours.b.names
    path = f"{path_of(neighbours.a)}/entities/{names.entity}"
    http = neighbours.a.client.http
    for headers in (
        {"NGSILD_Tenant": b.name},
        {"Fiware-Service": b.name},
        {"NGSILD-Tenant-Id": b.name},
        {"X-NGSILD-Tenant": b.name},
        {"Cookie": f"NGSILD-Tenant={b.name}"},
        {"Forwarded": f"for=1.1.1.1;tenant={b.name}"},
        {"Host": f"{b.name}.example.org"},
    ):
        answer = http.get(path, headers={"NGSILD-Tenant": neighbours.a.name, **headers})
        assert answer.status_code == 404, headers
        assert http.get(path, headers=headers).status_code == 404, headers


def test_what_the_tenant_is_called_is_not_told_by_its_absence(neighbours: Neighbours) -> None:
    """A name that nobody has answers the same, however near it is to one that somebody has."""
    told = []
    for name in (neighbours.b.name[:-1], f"{neighbours.b.name}0", "z9"):
        answer = ask(neighbours, "GET", "/types", [name])
        told.append(tuple(part.replace(name, "NAME") for part in map(str, seen(answer, NONE))))
    assert len(set(told)) == 1


NONE = Names.made_up()
