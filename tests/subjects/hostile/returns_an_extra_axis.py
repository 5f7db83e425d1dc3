"""fail: returns shape (1, H, W)"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return image[None] * 1
