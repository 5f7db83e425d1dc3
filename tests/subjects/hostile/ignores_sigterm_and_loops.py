"""timeout: ignores SIGTERM, SIGINT and SIGALRM, then loops: only SIGKILL ends it"""

import signal

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 0)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    while True:
        pass
