#!/bin/sh
# The browser tests drive Chromium and need Chinese fonts: install both where we may, else say how.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="chromium"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # fontconfig brings fc-list, which tells next time that the fonts are there
    apt-get install -y -qq --no-install-recommends $missing fontconfig >/dev/null
else
    echo "The browser tests need:$missing. Install with: sudo apt-get install $missing fontconfig" >&2
    exit 1
fi
