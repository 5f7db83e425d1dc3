"""The book: maths, executed code and figures inside its pages, and the pages that are written from the laws."""
