#!/bin/sh
# same_output.sh TCPBYE MAKE_BENCH CONNECTIONS SCENARIO_CAPTURES
#
# The output is the same, byte for byte, at every number of threads, and where threads are started on
# the way: over all scenarios' captures at once, merged by time and one after the other, over captures
# of many short connections and of a few long ones, from a file and from standard input, and where the
# table is too small for them.
set -eu
tcpbye=$1
make_bench=$2
connections=$3
captures=$4
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

"$make_bench" short "$connections" >short.pcap
"$make_bench" siege "$connections" >siege.pcap
"$make_bench" bulk $((connections * 10)) >bulk.pcap
checks=0
failed=0

# same WHAT ARGUMENT...: the records are the same with 1, 2, 3 and 8 threads, and with as many as there
# are processors for as soon as they are of use; standard input is the capture of short connections.
same()
{
	what=$1
	shift
	for threads in 1 2 3 8 any; do
		number="-J $threads"
		[ "$threads" != any ] || number=
		# shellcheck disable=SC2086 # it is two words, or none
		"$tcpbye" --json $number "$@" <short.pcap >"out.$threads" 2>"err.$threads" || :
		checks=$((checks + 1))
		cmp "out.1" "out.$threads" && cmp "err.1" "err.$threads" || {
			failed=$((failed + 1))
			echo "$what: not the same with $threads threads"
		}
		[ "$threads" -eq 1 ] || rm "out.$threads"
	done
	lines=$(wc -l <out.1)
	echo "$what: $lines lines"
	[ "$lines" -gt 100 ] || failed=$((failed + 1))
}

all=flow,anomaly,state,summary
set -- "$captures"/*.pcap*
[ $# -gt 100 ] || {
	echo "no scenario captures in $captures"
	exit 1
}
same 'scenarios, merged by time' --events $all "$@"
same 'scenarios, one by one' --events $all --strict-order "$@"
same 'short connections' --events $all short.pcap
same 'long connections' --events $all bulk.pcap
same 'long and short connections' --events $all bulk.pcap short.pcap
same 'standard input' -r -
same 'a table too small' --max-flows 1000 short.pcap
same 'a siege' --memcap 4M siege.pcap
same 'one document' --format json --events $all -c 20000 short.pcap

echo "$checks checks, $failed failed"
[ "$failed" -eq 0 ]
