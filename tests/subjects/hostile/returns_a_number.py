"""fail: returns one number"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return float(image.sum())
