"""fail: returns an array without cells, for which every comparison of all cells is true"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return image[:0, :0].copy()
