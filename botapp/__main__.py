"""`python -m botapp` is `botapp`."""

from botapp.cli import main

if __name__ == "__main__":
    main()
