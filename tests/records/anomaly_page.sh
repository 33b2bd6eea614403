#!/bin/sh
# anomaly_page.sh check|update ANOMALY_PAGE PAGE: compares the manual page with what the catalogue says, or puts it there.
set -eu
action=$1
generator=$2
page=$3
new=$(mktemp)
trap 'rm -f "$new"' EXIT
"$generator" >"$new"
case $action in
check) diff -u "$page" "$new" || {
	echo "$page is out of date: run the target update_anomaly_page" >&2
	exit 1
} ;;
update) cat "$new" >"$page" ;;
*) exit 2 ;;
esac
