"""How a child learns that its parent is gone, however the parent went.

The rule for every system: the parent holds one end of a pipe, and the child ends when the pipe
closes. On Linux the kernel is asked to say so as well, which also reaches a child that is stuck.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def tie_to_parent(parent: int, death_signal: signal.Signals) -> None:
    """Ask the kernel to signal this process when its parent dies (Linux; elsewhere nothing).

    To be called after a change of user, which clears the request. A parent that died before the
    request was made is noticed by looking who the parent is now.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), death_signal)


def tying_to_this_process(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Make the function that a forked child runs before exec to be tied to this process.

    The kernel means the thread that forked, and running Python between fork and exec is sound
    only where there is one thread: so there is none unless this is the only thread.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return None
    parent = os.getpid()
    return lambda: tie_to_parent(parent, death_signal)
