"""Ties a program's life to its parent's, then becomes it: ``leash.py PARENT_PID PROGRAM [ARGUMENT]…``.

Linux sends the signal asked for with ``PR_SET_PDEATHSIG`` when the parent dies, however it dies (prctl(2));
the setting survives execve(2). So a supervisor that is killed with SIGKILL leaves nothing behind, which
neither a signal handler nor an ``atexit`` could promise. Elsewhere the program just runs.

Run as a file by a bare interpreter (no site, no package) it costs some 20 ms a start. The alternative, a
``preexec_fn``, runs Python between fork and exec, which is not safe in a process with threads (gRPC's).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
NOT_FOUND = 127  # as a shell says it


def main() -> None:
    """Exits with 127 and a line on standard error when the program cannot be started."""
    parent, argv = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the call
            sys.exit(1)
    try:
        os.execvp(argv[0], argv)  # noqa: S606  this is the purpose of the file
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(NOT_FOUND)


if __name__ == "__main__":
    main()
