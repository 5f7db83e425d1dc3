"""fail: raises NotImplementedError, as the stub does; a report may call it not implemented, never passed"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    raise NotImplementedError
