"""timeout: the second call waits for a lock that the first one keeps"""

import threading


lock = threading.Lock()


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    lock.acquire()
    return image * 0
