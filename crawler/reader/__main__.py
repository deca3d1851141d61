"""``python -m crawler.reader``: started by :class:`crawler.reader.ReaderProcess`, and by nobody else."""

import sys

from crawler.reader.child import main

if __name__ == "__main__":
    main(sys.argv[1:])
