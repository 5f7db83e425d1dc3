"""fail: raises an exception that is no Exception"""



class Enough(BaseException):
    pass


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    raise Enough
