"""Start a program that ends when its parent does, even if that is killed: `leash.py PARENT_PID PROGRAM ...`.

A script on its own (nothing of ours is imported, so that it costs some milliseconds): asks the kernel for a
SIGTERM at the parent's death, then becomes the program. Linux only; elsewhere the program is just started.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    """Become the program.

    Args:
        parent: process id of who starts us.
        argv: the program and its arguments.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            return  # the parent was gone before the kernel knew our wish
    os.execvp(argv[0], argv)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
