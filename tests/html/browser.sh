#!/bin/sh
# browser.sh SOURCE_DIRECTORY BINARY_DIRECTORY TCPBYE MAKE_CAPTURE
#
# Gets what the tests of the page need, and runs them; 77 where it is not to be had.
set -u
source=$1
binary=$2
tcpbye=$3
make_capture=$4
page=$source/src/share/html
modules=$binary/npm

skip()
{
	echo "skipped: $*"
	exit 77
}

for name in chromium chromium-browser google-chrome; do
	chromium=$(command -v "$name") && break
done
[ -n "$chromium" ] || skip 'there is no chromium'
command -v node >/dev/null || skip 'there is no node'
command -v npm >/dev/null || skip 'there is no npm'
[ "$(node -p 'parseInt(process.versions.node) >= 18')" = true ] || skip 'node is older than 18'

if ! cmp -s "$page/package-lock.json" "$modules/package-lock.json" || [ ! -d "$modules/node_modules" ]; then
	rm -rf "$modules"
	mkdir -p "$modules"
	cp "$page/package.json" "$page/package-lock.json" "$page/.npmrc" "$modules"
	if ! (cd "$modules" && timeout 120 npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 >npm.log 2>&1); then
		tail -n 5 "$modules/npm.log"
		rm -rf "$modules"
		skip 'npm could not get playwright-core'
	fi
fi

# What is committed is what the lockfile pins.
for name in LICENSE dist/uPlot.iife.min.js dist/uPlot.min.css; do
	if ! cmp "$modules/node_modules/uplot/$name" "$page/uplot/$(basename "$name")"; then
		echo "FAILED: src/share/html/uplot is not uPlot as package-lock.json pins it"
		exit 1
	fi
done

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
"$make_capture" close 100000 >"$work/many.pcap" || exit 1
cp "$source/testdata/captures/web.pcap" "$source/testdata/captures/last_ack_lost.pcap" "$work" || exit 1
TCPBYE=$tcpbye CHROMIUM=$chromium WORK=$work MODULES=$modules \
	node --test "$source/tests/html/page.test.mjs"
