#!/bin/sh
# golden.sh [--update] TCPBYE ROOT [CASE...]
#
# Runs cases of cases.txt (all of them if none is named) in the project's root, and compares what
# each writes with testdata/golden/CASE.txt; with --update, makes that file anew.
set -u
update=no
if [ "$1" = --update ]; then
	update=yes
	shift
fi
tcpbye=$1
root=$2
shift 2
cases=$(cd "$(dirname "$0")" && pwd)/cases.txt
cd "$root" || exit 2
unset NO_COLOR
failed=0

# Arguments stand in cases.txt as a shell would read them.
run()
{
	name=$1
	arguments=$(sed -n "s/^$name  *//p" "$cases")
	if [ -z "$arguments" ]; then
		echo "no such case: $name"
		failed=1
		return
	fi
	locale=C.UTF-8
	case $name in *_ascii*) locale=C ;; esac
	wanted=testdata/golden/$name.txt
	written=$(mktemp) || exit 2
	eval "LC_ALL=$locale TERM=xterm \"\$tcpbye\" $arguments" >"$written" 2>&1
	echo "exit status $?" >>"$written"
	if [ $update = yes ]; then
		cp "$written" "$wanted"
	elif ! diff -u "$wanted" "$written"; then
		echo "not as in $wanted: tcpbye $arguments"
		failed=1
	fi
	rm -f "$written"
}

[ $# -gt 0 ] || set -- $(sed -n 's/^\([a-z_0-9][a-z_0-9]*\) .*/\1/p' "$cases")
for case in "$@"; do
	run "$case"
done
exit $failed
