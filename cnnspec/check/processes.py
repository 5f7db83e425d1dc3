r"""Child processes under watch: started in a session of their own, measured, and ended with all that they started."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnnspec.check.subjects import PACKAGE

MARK = "CNNSPEC_CHILD"
"""An environment variable by which processes that left the session are still found."""

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
PROC = Path("/proc")
LINUX = PROC.joinpath("self", "stat").exists()
"""Whether the system tells about its processes in files."""


class Child:
    """One child process with two private pipes."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.mark = secrets.token_hex(8)
        command_end, self.commands = os.pipe()
        self.events, event_end = os.pipe()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", *arguments, str(command_end), str(event_end)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(command_end, event_end),
                start_new_session=True,
                env=environment(self.mark),
                bufsize=0,
            )
        finally:
            os.close(command_end)
            os.close(event_end)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.out, self.err = self.process.stdout.fileno(), self.process.stderr.fileno()
        for descriptor in (self.events, self.out, self.err):
            os.set_blocking(descriptor, False)
        self.closed = False

    def tell(self, line: bytes) -> None:
        """Write a command; a child that is gone is noticed elsewhere."""
        with contextlib.suppress(OSError):
            os.write(self.commands, line)

    def memory(self) -> int:
        """Bytes of memory that the child's session holds, or 0 where that cannot be told."""
        return sum(map(resident, [self.process.pid, *self.others()]))

    def others(self) -> list[int]:
        """The living processes of the child's session without the child itself."""
        return [pid for pid, session in sessions() if session == self.process.pid and pid != self.process.pid]

    def end(self) -> int | None:
        """Kill the session and whoever left it, close the pipes, and return the child's exit code."""
        if self.closed:
            return self.process.returncode
        self.closed = True
        known = self.process.poll()
        for _ in range(20):  # a process may be forking while it is killed
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            stragglers = [*self.others(), *marked(self.mark)]
            for pid in stragglers:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            if not stragglers:
                break
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        os.close(self.commands)
        os.close(self.events)
        return known


def environment(mark: str) -> dict[str, str]:
    """The child's environment: the parent's, made the same for everyone where it decides results."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("HYPOTHESIS_", "PYTEST_"))}
    variables |= {MARK: mark, "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8:backslashreplace"}
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        variables.setdefault(threads, "1")
    if PACKAGE.parent.name not in ("site-packages", "dist-packages"):
        found = variables.get("PYTHONPATH")
        variables["PYTHONPATH"] = os.pathsep.join([str(PACKAGE.parent), *([found] if found else [])])
    return variables


def resident(pid: int) -> int:
    """Bytes of memory that a process holds, or 0 where that cannot be told."""
    if LINUX:
        try:
            return int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE
        except (OSError, ValueError, IndexError):
            return 0
    try:
        answer = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return int(answer.stdout.strip() or 0) * 1024
    except (OSError, ValueError):
        return 0


def sessions() -> Iterator[tuple[int, int]]:
    """Every living process with its session, where the system tells."""
    for entry in _processes():
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if fields[0] not in "ZX":
                yield int(entry.name), int(fields[3])
        except (OSError, ValueError, IndexError):
            continue


def marked(mark: str) -> list[int]:
    """The living processes that inherited a mark, where the system tells."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in _processes():
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return [pid for pid in found if _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except (OSError, IndexError):
        return False


def _processes() -> list[Path]:
    if not LINUX:
        return []
    try:
        return [entry for entry in PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def how_it_ended(code: int | None) -> str:
    """What an exit code says, as the end of a sentence."""
    if code is None:
        return "ended the process"
    if code < 0:
        try:
            return f"crashed the interpreter ({signal.Signals(-code).name})"
        except ValueError:
            return f"crashed the interpreter (signal {-code})"
    return f"ended the interpreter (exit code {code})"
