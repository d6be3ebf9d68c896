"""What a process uses, as Linux counts it: processor time and memory."""

import os
from pathlib import Path


def memory_mb(pid: int, proc: Path = Path("/proc")) -> float:
    """Proportional set size, in MB: pages shared with other processes count by their share."""
    for line in (proc / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no Pss in smaps_rollup")


def cpu_seconds(pid: int, proc: Path = Path("/proc")) -> float:
    """Processor time of all its threads since it began, in user and kernel mode."""
    # The name before the last bracket may hold blanks and brackets of its own.
    fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    utime, stime = int(fields[11]), int(fields[12])
    return (utime + stime) / os.sysconf("SC_CLK_TCK")
