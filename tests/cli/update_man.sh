#!/bin/sh
# update_man.sh OPTIONS_MAN PAGE: puts the OPTIONS section, as the table has it, into the manual
# page.
set -eu
generator=$1
page=$2
new=$(mktemp)
trap 'rm -f "$new"' EXIT
sed '/^\.Sh OPTIONS$/,$d' "$page" >"$new"
"$generator" >>"$new"
sed -n '/^\.Sh FILTERS$/,$p' "$page" >>"$new"
cat "$new" >"$page"
