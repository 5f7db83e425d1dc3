"""fail: an async function; its result is a coroutine, and no warning of it may reach the report"""

async def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return image
