"""fail: returns an array of Python objects"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return image.astype(object)
