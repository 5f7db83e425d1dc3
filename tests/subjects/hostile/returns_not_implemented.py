"""fail: returns NotImplemented, which == does not compare"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return NotImplemented
