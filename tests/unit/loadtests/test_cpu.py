import subprocess
import sys
import time

import psutil

from loadtests.cpu import CpuMeter


def keep_busy(seconds: float) -> None:
    ends_at_s = time.process_time() + seconds
    while time.process_time() < ends_at_s:
        pass


def test_it_sees_the_generators_own_work() -> None:
    meter = CpuMeter()
    keep_busy(0.05)
    cores = meter.read()
    assert set(cores) == {"generator", "machine"}
    assert 0 < cores["generator"] <= 1.1


def test_what_a_platform_takes_is_told_by_worker() -> None:
    begets = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    begins = "print(flush=True)\nwhile True: pass"
    command = [sys.executable, "-c", begets, begins]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        supervisor.stdout.readline()
        children = psutil.Process(supervisor.pid).children()
        try:
            meter = CpuMeter(supervisor.pid)
            keep_busy(0.05)
            time.sleep(0.05)
            cores = meter.read()
        finally:
            for child in children:
                child.kill()
    assert 0 < cores["busiest worker"] == cores["workers"]
    assert cores["postgres"] == 0


def test_a_platform_that_is_gone_takes_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as supervisor:
        supervisor.wait()
    cores = CpuMeter(supervisor.pid).read()
    assert (cores["workers"], cores["busiest worker"], cores["postgres"]) == (0, 0, 0)
