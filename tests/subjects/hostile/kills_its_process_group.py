"""crash: sends SIGTERM to its process group, where the checker must not be"""

import os
import signal


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    os.killpg(os.getpgrp(), signal.SIGTERM)
    return image
