"""``python -m jingwu`` is the command line ``jingwu``."""

from jingwu.site.cli import main

main()
