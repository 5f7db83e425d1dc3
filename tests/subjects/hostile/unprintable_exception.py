"""fail: raises an exception that cannot be printed"""



class Mute(Exception):
    def __str__(self):
        raise RuntimeError('no words')

    __repr__ = __str__


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    raise Mute
