"""`python -m web.cli` is the program."""

from web.cli.program import main

if __name__ == "__main__":
    main()
