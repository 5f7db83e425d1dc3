"""fail: returns shape (1, 1), which broadcasts against everything"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return image[:1, :1] * 0
