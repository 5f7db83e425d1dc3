"""fail: a generator function; its result is no array"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    for row in image:
        yield row
