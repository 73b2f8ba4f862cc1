"""The story: a resident of 札幌市 reads her record at 江別市, and every decision is told."""

import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from kit.errors import RenkeiError
from kit.http import new_tls_context
from kit.json import JsonObject, JsonValue
from renkei.two_cities.browser import Browser
from renkei.two_cities.federation import PATH, attest, federate, link
from renkei.two_cities.library import CALLBACK, Answer, Library
from renkei.two_cities.resident import Resident
from renkei.two_cities.stage import Site

CITIES = {
    "hokkaido": ("北海道", "Hokkaido"),
    "sapporo": ("札幌市", "Sapporo"),
    "ebetsu": ("江別市", "Ebetsu"),
}
_GIVES_UP_S = 90.0
Say = Callable[[str], None]


class StoryFailed(RenkeiError):
    """Something went otherwise than it should."""


@dataclass(kw_only=True)
class Story:
    """Who takes part, and what was told so far.

    Args:
        sites: 北海道, 札幌市 and 江別市.
        say: tells a line.
        mark: the number of the trust mark with 札幌市's assurance map.
    """

    sites: tuple[Site, Site, Site]
    say: Say
    mark: int = 0
    told: set[int] = field(default_factory=set)

    def tell(self) -> None:
        """Tell all of it.

        Raises:
            StoryFailed: something went otherwise than it should.
        """
        library, hanako = self._prepare()
        try:
            token = self._sign_in(library, hanako)
            library.write_card(subject_of(token))
            refused = library.read_card(token)
            self._expect(refused, 401, "レベル不足で読めません", "The level does not suffice")
            hanako.add_app()
            self._line("認証アプリを登録しました。", "She has added an authenticator app.")
            raised = self._sign_in(library, hanako, refused.acr_values)
            read = library.read_card(raised)
            self._expect(read, 200, "記録を読みました", "The record was read")
            self.say(f"    {read.text}")
            self._tell_receipts()
        finally:
            hanako.browser.close()

    def revoke(self) -> float:
        """Revoke the map while she reads; answers after how many seconds she could not any more.

        Raises:
            StoryFailed: the level is not lost.
        """
        library, hanako = self._revisit()
        try:
            return self._lost_after(library, hanako)
        finally:
            hanako.browser.close()

    def _prepare(self) -> tuple[Library, Resident]:
        hokkaido, sapporo, ebetsu = self.sites
        self._line(
            "北海道を信頼の起点とし、札幌市と江別市を登録します。",
            "Hokkaido becomes the trust anchor; Sapporo and Ebetsu are enrolled.",
        )
        federate(hokkaido, {"sapporo": sapporo, "ebetsu": ebetsu}, CITIES)
        self.mark = attest(hokkaido, sapporo)
        self._line(
            "北海道が札幌市のレベル対応表を認定しました。",
            "Hokkaido has attested what Sapporo's sign-ins are worth.",
        )
        link(sapporo, "sapporo", ebetsu, "ebetsu", "札幌市")
        self._line("両市が互いを連携先として許可しました。", "The cities accept each other.")
        self._library = Library.open(ebetsu, "ebetsu")
        self._hanako = Resident(home=sapporo, tenant="sapporo", browser=self._browser())
        self._hanako.move_in()
        self._line(
            "花子さんは札幌市の住民です（身元確認2、パスワードのみ）。",
            "Hanako is a resident of Sapporo: proofing 2, a password alone.",
        )
        return self._library, self._hanako

    def _browser(self) -> Browser:
        return Browser(new_tls_context(self.sites[0].authority), CALLBACK)

    def _revisit(self) -> tuple[Library, Resident]:
        again = Resident(
            home=self.sites[1],
            tenant="sapporo",
            browser=self._browser(),
            app=self._hanako.app,
            used=self._hanako.used,
        )
        return self._library, again

    def _sign_in(self, library: Library, hanako: Resident, acr_values: tuple[str, ...] = ()) -> str:
        """Go through the pages of both cities; answers with the access token of the library."""
        if acr_values:
            self._line("レベルを引き上げます。", "She steps up.")
        else:
            self._line(
                "江別市図書館を開き、札幌市でサインインします。",
                "She opens the library of Ebetsu and signs in at Sapporo.",
            )
        verifier = secrets.token_urlsafe(48)
        hanako.browser.visit(library.asks(verifier, acr_values))
        hanako.go_on()
        arrived = hanako.browser.arrived()
        self._tell_decisions()
        if "code" not in arrived:
            raise StoryFailed(f"The library is told {dict(arrived)}")
        token = library.redeem(arrived["code"], verifier)
        held = claims_of(token)["acr"]
        self.say(f"    acr: {held}")
        return token

    def _lost_after(self, library: Library, hanako: Resident) -> float:
        token = self._sign_in(library, hanako, self._wanted())
        if library.read_card(token).status != 200:
            raise StoryFailed("The card cannot be read before the map is revoked")
        self.sites[0].admin("POST", f"{PATH}/marks/{self.mark}/revocation")
        began = time.monotonic()
        self._line("北海道が対応表を失効させました。", "Hokkaido has revoked the map.")
        while time.monotonic() - began < _GIVES_UP_S:
            if library.read_card(token).status == 401:
                after = time.monotonic() - began
                self._line(
                    f"{after:.1f} 秒後にレベルが失われました。",
                    f"The level was lost after {after:.1f} s.",
                )
                return after
            time.sleep(0.2)
        raise StoryFailed(f"The level is not lost within {_GIVES_UP_S:g} s")

    def _wanted(self) -> tuple[str, ...]:
        levels = [(2, 2), (2, 3), (3, 2), (3, 3)]
        return tuple(f"https://localhost/acr/ial{ial}/aal{aal}" for ial, aal in levels)

    def _expect(self, answer: Answer, status: int, ja: str, en: str) -> None:
        if answer.status != status:
            raise StoryFailed(f"The platform answers {answer.status}: {answer.text}")
        self._line(f"{ja}（HTTP {status}）。", f"{en} (HTTP {status}).")
        if answer.acr_values:
            self.say(f"    acr_values: {' '.join(answer.acr_values)}")

    def _tell_decisions(self) -> None:
        """Tell each decision that 江別市 has made since, step by step."""
        asked = {"tenant": "ebetsu", "limit": "10"}
        found = self.sites[2].admin("GET", f"{PATH}/decisions", params=asked)["found"]
        for one in reversed(_objects(found)):
            number = int(str(one["number"]))
            if number in self.told:
                continue
            self.told.add(number)
            self.say(f"  判定 {number} / Decision {number}: {one['outcome']}")
            explained = one["explained"]
            if isinstance(explained, dict):
                self._tell_steps(explained)

    def _tell_steps(self, explained: JsonObject) -> None:
        for ja, en in zip(_texts(explained["ja"]), _texts(explained["en"]), strict=True):
            self.say(f"    ・{ja} / {en}")

    def _tell_receipts(self) -> None:
        found = self.sites[2].admin("GET", f"{PATH}/receipts", params={"limit": "5"})["found"]
        for one in _objects(found):
            self.say(f"  授受の記録 / Receipt: {one['sender']} → {one['recipient']} {one['items']}")

    def _line(self, ja: str, en: str) -> None:
        self.say(f"{ja} / {en}")


def claims_of(token: str) -> JsonObject:
    """Read an access token's claims, to show them."""
    payload = token.split(".")[1]
    found: JsonObject = orjson.loads(base64.urlsafe_b64decode(payload + "=="))
    return found


def subject_of(token: str) -> str:
    """Say whom the library knows her as."""
    return str(claims_of(token)["sub"])


def _objects(value: JsonValue) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: JsonValue) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
