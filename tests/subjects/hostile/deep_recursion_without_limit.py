"""crash: a recursion without end and without Python's limit overflows the C stack"""

import sys

sys.setrecursionlimit(10**9)


class Chain:
    def __init__(self, inner):
        self.inner = inner

    def __repr__(self):
        return repr(self.inner)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    chain = Chain(0)
    for _ in range(3_000_000):
        chain = Chain(chain)
    return repr(chain)
