"""fail: returns nested lists, not an array"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return (image * 0).tolist()
