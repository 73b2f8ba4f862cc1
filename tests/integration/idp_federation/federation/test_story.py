"""The story that `make run-federation` tells, on platforms of this process."""

from renkei.two_cities.stage import Site
from renkei.two_cities.story import Story
from tests.integration.idp_federation.federation.members import Member


def site(member: Member, name: str) -> Site:
    return Site(name=name, url=member.url, data=member.settings.data, authority=member.authority)


def test_a_resident_of_sapporo_reads_her_record_at_ebetsu_only_after_stepping_up(
    prefecture: Member, sapporo: Member, ebetsu: Member
) -> None:
    lines: list[str] = []
    sites = site(prefecture, "hokkaido"), site(sapporo, "sapporo"), site(ebetsu, "ebetsu")
    Story(sites=sites, say=lines.append).tell()
    told = "\n".join(lines)
    refused, raised = told.index("(HTTP 401)"), told.index("(HTTP 200)")
    assert told.index("held, (2, 1), reach") < refused < told.index("held, (2, 2), reach") < raised
    assert "https://localhost/acr/ial2/aal2 https://localhost/acr/ial2/aal3" in told
    assert "石狩川の歴史" in told[raised:]
