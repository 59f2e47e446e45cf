"""Settings that every test shares."""

import os
import signal
import threading

from hypothesis import HealthCheck, Phase, settings

# Compiled code takes seconds at its first call, so a deadline per example would measure the
# compiler. The default run draws the same examples everywhere, and shows the first that fails as it
# was drawn: making a whole scenario smaller takes minutes. HYPOTHESIS_PROFILE=shrink does that, on
# the same examples; HYPOTHESIS_PROFILE=explore draws new ones.
settings.register_profile(
    "shrink", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", settings.get_profile("shrink"), derandomize=False)
settings.register_profile(
    "default",
    settings.get_profile("shrink"),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


# A shell's background jobs ignore Ctrl-C, and so would the processes that the tests interrupt.
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Needs a package that only the benchmark installs.
collect_ignore = ["benchmarks/mm3_cimba.py"]


def pytest_terminal_summary(terminalreporter):
    """Print what tests counted with `record_property`, summed over all of them."""
    totals: dict[str, int] = {}
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", []):
            if getattr(report, "when", "") == "call" and isinstance(value, int):
                totals[name] = totals.get(name, 0) + value
    for name, value in totals.items():
        terminalreporter.write_line(f"{name}: {value:,}")
