"""nothing to check: the file holds nothing but this line"""
