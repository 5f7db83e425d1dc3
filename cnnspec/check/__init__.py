"""Laws put to subjects: a reader's file, a library, the book's own operators."""
