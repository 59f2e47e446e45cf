"""`python -m capsim`: the command line where the script `capsim` is not on the path."""

from capsim.cli import main

if __name__ == "__main__":
    main()
