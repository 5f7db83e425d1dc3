"""fail: returns None"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    print(image * kernel.sum())
