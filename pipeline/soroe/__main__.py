"""`python -m soroe` is `soroe`."""

from soroe.cli import entry

if __name__ == "__main__":
    entry()
