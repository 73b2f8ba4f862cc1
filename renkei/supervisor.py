"""The supervisor: starts PostgreSQL and the workers, restarts what dies, stops them all.

It does no work of its own and runs one plain loop: sleep until something happens, then look after
everything.

    supervisor ─┬─ PostgreSQL, and the watcher that ends it (embedded.py)
                ├─ loader, from which the others are forked (loader.py, nursery.py)
                ├─ prepare, once (prepare.py)
                └─ worker × N (worker.py), all on one port (listening.py)

SIGTERM and SIGINT stop it, SIGHUP has the workers replaced one after the other (rolling.py).
"""

import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from types import FrameType

import structlog
from pydantic import SecretStr

from kit.errors import RenkeiError
from renkei.children import PREPARE, WORKER, Child, Pause, WorkerSlot
from renkei.embedded import EmbeddedPostgres
from renkei.instance import Instance, Restart
from renkei.listening import bound, listeners, url_of
from renkei.loading import Loading
from renkei.nursery import Nursery
from renkei.order import Order, log_as
from renkei.rolling import Roll
from renkei.served import PARTS
from renkei.settings import Settings, SettingsRefused, check, known_at

log = structlog.get_logger()

APP = "renkei.app:create_app"
PREPARATION = "renkei.app:prepare"
_GLANCE_S = 5.0  # how long at most without looking, were a signal ever missed
_END_S = 1.8  # what workers need to stop, beside the time that the settings leave to requests
_DATABASE_ENDS_S = 1.2


def _loaded_for(settings: Settings, app: str, preparation: str) -> list[str]:
    """Say what the children of an instance need."""
    parts = [PARTS[house] for house in settings.houses] if app == APP else []
    return [*(f"{module}:main" for module in (WORKER, PREPARE)), app, preparation, *parts]


class PreparationFailed(RenkeiError):
    """The databases cannot be readied; the reason has been printed."""


class Supervisor:
    """Runs one instance of the platform until it is told to stop.

    Args:
        on_ready: called with the URL once every worker serves.
        app: the import string of the function that makes a worker's app from the settings.
        preparation: that of the async function that readies the databases, run before workers.
        reread: reads the settings anew for a rolling restart.
        loading: a loader that has begun already.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_ready: Callable[[str], None],
        app: str = APP,
        preparation: str = PREPARATION,
        reread: Callable[[], Settings] | None = None,
        loading: Loading | None = None,
    ) -> None:
        self._settings = settings
        self._reread = reread or (lambda: settings)
        self._on_ready = on_ready
        self._app = app
        self._preparation = preparation
        self._instance = Instance(settings.data, settings.secrets)
        self._postgres = (
            EmbeddedPostgres(self._instance.postgres) if settings.database_url is None else None
        )
        self._postgres_pause = Pause()
        self._postgres_began_at = time.monotonic()
        self._nursery = Nursery(_loaded_for(settings, app, preparation), loading)
        self._preparing: Child | None = None
        self._waiting: list[Child] = []  # workers without a socket yet
        self._slots: list[WorkerSlot] = []
        self._listeners: list[socket.socket] = []
        self._stops_asked = 0
        self._rolls_asked = 0
        self._roll: Roll | None = None
        self._restart = Restart()
        self._events = Events()

    def run(self) -> None:
        """Run the platform; answers when it was told to stop and everything is down.

        Raises:
            SettingsRefused, AlreadyUp, CannotListen, StartFailed, PreparationFailed: why not.
        """
        check(self._settings)
        log_as(self._settings)
        with ExitStack() as on_exit:
            self._instance.claim()
            on_exit.callback(self._instance.release)
            on_exit.enter_context(self._events.heeded(self._ask_to_stop, self._ask_to_roll))
            address = on_exit.enter_context(bound(self._settings.host, self._settings.port))
            url = url_of(
                self._settings.host, address, is_secure=self._settings.tls.certificate is not None
            )
            self._instance.announce(url, is_ready=False)
            self._instance.operator_token()
            on_exit.callback(self._stop)
            self._nursery.load()
            settings = known_at(self._start_database(), url)
            self._load()
            self._start_children(settings)
            if not self._is_stopping:
                self._prepare(settings)
            if not self._is_stopping:
                self._serve(settings, address, url)

    @property
    def _is_stopping(self) -> bool:
        return self._stops_asked > 0

    def _ask_to_stop(self) -> None:
        self._stops_asked += 1

    def _ask_to_roll(self) -> None:
        self._rolls_asked += 1

    def _load(self) -> None:
        """Wait until everything is loaded, which went on while PostgreSQL started."""
        while not self._nursery.is_settled and not self._is_stopping:
            self._events.wait(_GLANCE_S, self._nursery.channels)
            self._nursery.tend()

    def _start_children(self, settings: Settings) -> None:
        """Let workers make their apps while the databases are prepared."""
        if self._is_stopping:
            return
        order = Order(settings=settings)
        self._preparing = self._nursery.start(PREPARE, self._preparation).command(order)
        self._waiting = [
            self._nursery.start(WORKER, self._app).command(order) for _ in range(settings.workers)
        ]

    def _start_database(self) -> Settings:
        if self._postgres is not None:
            self._postgres.start(lambda: self._is_stopping)
        return self._connected(self._settings)

    def _connected(self, settings: Settings) -> Settings:
        """Let settings name the PostgreSQL of our own, where there is one."""
        if self._postgres is None:
            return settings
        where = SecretStr(self._postgres.admin_dsn)
        return settings.model_copy(update={"database_url": where})

    def _prepare(self, settings: Settings) -> None:
        """Run the preparation to its end, again if PostgreSQL died under it."""
        while not self._is_stopping:
            if self._preparing is None:
                order = Order(settings=settings)
                self._preparing = self._nursery.start(PREPARE, self._preparation).command(order)
            child = self._preparing
            while child.is_alive and not self._is_stopping:
                self._events.wait(_GLANCE_S)
            child.close()
            self._preparing = None
            if child.process.returncode == 0 or self._is_stopping:
                return
            if self._postgres is None or self._postgres.is_running:
                raise PreparationFailed(
                    "The databases cannot be prepared, so nothing is served: the reason is above"
                )
            self._postgres.start(lambda: self._is_stopping)

    def _serve(self, settings: Settings, address: socket.socket, url: str) -> None:
        self._listeners = listeners(address, settings.workers)
        order = Order(settings=settings)
        self._slots = [
            WorkerSlot(self._nursery, self._app, order, listener.fileno(), child)
            for listener, child in zip(self._listeners, self._waiting, strict=True)
        ]
        self._waiting = []
        is_announced = False
        while not self._is_stopping:
            self._tend()
            if not is_announced and all(slot.is_ready for slot in self._slots):
                is_announced = True
                self._instance.announce(url, is_ready=True)
                self._on_ready(url)
            if is_announced:
                self._tend_roll(url)
            self._wait()

    def _tend(self) -> None:
        self._tend_database()
        for slot in self._slots:
            slot.tend()

    def _tend_roll(self, url: str) -> None:
        """Begin a rolling restart that was asked for, or take it a step further."""
        if self._roll is None and self._rolls_asked > self._restart.count:
            self._begin_roll(url)
        if self._roll is not None:
            self._roll.tend()
            if self._roll.is_over:
                self._end_roll(url, self._roll.failure)

    def _begin_roll(self, url: str) -> None:
        try:
            settings = self._reread()
            check(settings)
        except SettingsRefused as error:
            log.warning("restart_given_up", reason=error.detail)
            self._end_roll(url, error.detail)
            return
        log.info("restart_begun", workers=len(self._slots))
        self._roll = Roll(
            self._slots, self._nursery, self._preparation, known_at(self._connected(settings), url)
        )

    def _end_roll(self, url: str, failure: str | None) -> None:
        self._roll = None
        self._restart = Restart(count=self._restart.count + 1, failure=failure)
        self._instance.announce(url, is_ready=True, restart=self._restart)
        if failure is None:
            log.info("restart_done")

    def _tend_database(self) -> None:
        if self._postgres is None or self._postgres.keep_watch() or self._postgres_pause.left_s:
            return
        now = time.monotonic()
        pause_s = self._postgres_pause.failed(now - self._postgres_began_at)
        self._postgres_began_at = now
        log.error("postgres_died", restarting=True)
        try:
            self._postgres.start(lambda: self._is_stopping)
        except (RenkeiError, OSError) as error:
            log.warning("postgres_not_started", reason=str(error), next_in_s=pause_s)
        else:
            log.info("postgres_restarted")

    def _wait(self) -> None:
        due = [slot.due_in_s for slot in self._slots if slot.due_in_s is not None]
        if self._postgres is not None and not self._postgres.is_running:
            due.append(self._postgres_pause.left_s)
        channels = [channel for slot in self._slots for channel in slot.channels]
        channels += self._nursery.channels
        self._events.wait(min([_GLANCE_S, *due]), channels)

    def _stop(self) -> None:
        """Let the workers finish what they are at, then stop PostgreSQL; a second ask hurries."""
        for listener in self._listeners:
            listener.close()
        if self._roll is not None:
            self._roll.close()
        self._nursery.close()
        children = [child for slot in self._slots for child in slot.children]
        children += [*self._waiting, *([self._preparing] if self._preparing else [])]
        for child in children:
            child.terminate()
        stopping = self._settings.stopping
        patience_s = stopping.notice_s + stopping.finish_s + _END_S
        asked, ends_at = self._stops_asked, time.monotonic() + patience_s
        while any(child.is_alive for child in children):
            left_s = ends_at - time.monotonic()
            if left_s <= 0 or self._stops_asked > max(asked, 1):
                break
            self._events.wait(left_s)
        for child in children:
            child.close()
        if self._postgres is not None:
            self._postgres.stop(_DATABASE_ENDS_S)


class Events:
    """What wakes the supervisor: signals, and words from children that start."""

    def __init__(self) -> None:
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)

    def heeded(self, on_stop: Callable[[], None], on_hangup: Callable[[], None]) -> ExitStack:
        """Heed the signals until the stack is closed."""

        def stop(number: int, frame: FrameType | None) -> None:
            del number, frame
            on_stop()

        def hangup(number: int, frame: FrameType | None) -> None:
            del number, frame
            on_hangup()

        def nothing(number: int, frame: FrameType | None) -> None:
            del number, frame

        undo = ExitStack()
        handlers = {
            signal.SIGTERM: stop,
            signal.SIGINT: stop,
            signal.SIGHUP: hangup,
            signal.SIGCHLD: nothing,
        }
        for number, handler in handlers.items():
            undo.callback(signal.signal, number, signal.signal(number, handler))
        before = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        undo.callback(signal.set_wakeup_fd, before)
        return undo

    def wait(self, timeout_s: float, channels: Iterable[socket.socket] = ()) -> None:
        """Sleep until a signal, a word, or the timeout."""
        with selectors.DefaultSelector() as selector:
            for channel in (self._woken, *channels):
                selector.register(channel, selectors.EVENT_READ)
            selector.select(timeout_s)
        try:
            while self._woken.recv(4096):
                pass
        except BlockingIOError:
            return
