"""fail: returns int64"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return (image * 0).astype(int)
