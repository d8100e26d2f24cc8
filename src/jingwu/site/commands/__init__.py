"""One module per command of ``jingwu``; the table of commands stands in ``jingwu.site.cli``."""
