"""fail: returns complex numbers"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return image.astype(complex)
