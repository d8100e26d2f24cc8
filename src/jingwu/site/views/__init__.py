"""Pages of the site itself: errors, language, words for scripts, the style guide."""
