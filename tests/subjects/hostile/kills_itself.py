"""crash: sends itself SIGKILL"""

import os
import signal


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    os.kill(os.getpid(), signal.SIGKILL)
