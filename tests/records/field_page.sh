#!/bin/sh
# field_page.sh check|update FIELD_PAGE PAGE: compares the section FIELDS of the manual page with what
# the table says, or puts them there.
set -eu
action=$1
generator=$2
page=$3
new=$(mktemp)
trap 'rm -f "$new"' EXIT
sed '/^\.Sh FIELDS$/,$d' "$page" >"$new"
"$generator" >>"$new"
sed -n '/^\.Sh SEE ALSO$/,$p' "$page" >>"$new"
case $action in
check) diff -u "$page" "$new" || {
	echo "$page is out of date: run the target update_json_page" >&2
	exit 1
} ;;
update) cat "$new" >"$page" ;;
*) exit 2 ;;
esac
