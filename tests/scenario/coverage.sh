#!/bin/sh
# coverage.sh TCPBYE SCENARIOS RECORDS: every anomaly of the catalogue has a scenario whose verdict names it and that
# raises it, and one that comes close and must not. So does every cause that may explain an end.
#
# What no single connection shows the tally raises: its unit tests hold both sides of each threshold.
#
# RECORDS is where the scenarios' runs left their records. What a near miss promises run_scenario checks itself.
set -eu
tcpbye=$1
scenarios=$2
records=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$tcpbye" --list-anomalies | sed -n 's/^\([a-z][a-z_0-9]*\) .*/\1/p' | sort >"$work/known"
# Of scenarios that are gone, records may still lie there.
find "$scenarios" -name '*.pkt' | sed "s|.*/|$records/|; s|\.pkt\$|.ndjson|" | xargs cat \
	"$records/s114_eviction_mid_close.ndjson" >"$work/records"
grep -o '"event":"[a-z_0-9]*"' "$work/records" | cut -d '"' -f 4 | sort -u >"$work/raised"
{
	find "$scenarios" -name '*.json' -exec cat {} +
	cat "$(dirname "$0")/table_limit.c"
} | grep -o "[\"'][a-z][a-z_0-9]*" | tr -d "\"'" | sort -u >"$work/named"
for id in port_exhaustion_risk rst_instead_of_fin server_side_time_wait time_wait_pileup; do
	constant=ANOMALY_$(echo "$id" | tr '[:lower:]' '[:upper:]')
	! cat "$(dirname "$0")"/../unit/test_tally*.c | grep -q "$constant" || echo "$id"
done >"$work/tallied"
find "$scenarios" -name '*.pkt' -exec sed -n 's|^// near miss of:||p' {} + | tr -s ', ' '\n\n' | sort -u >"$work/missed"

"$tcpbye" --schema | sed -n '/^ *"cause": {$/,/]/s/^ *"\([a-z][a-z_0-9]*\)",\{0,1\}$/\1/p' | sort >"$work/causes"
find "$scenarios" -name '*.json' -exec cat {} + | tr -d '\n' >"$work/verdicts"
grep -o '"cause": *"[a-z_0-9]*"\|"causes": *\[[^]]*\]' "$work/verdicts" | grep -o '"[a-z_0-9]*"' | tr -d '"' |
	sort -u >"$work/explained"
find "$scenarios" -name '*.pkt' -exec sed -n 's|^// not explained by:||p' {} + | tr -s ', ' '\n\n' | sort -u >"$work/unexplained"

for list in raised named missed; do
	sort -u -o "$work/$list" "$work/$list" "$work/tallied"
done

failed=0
complain()
{
	[ ! -s "$1" ] || {
		echo "$2:"
		sed 's/^/    /' "$1"
		failed=1
	}
}
comm -23 "$work/known" "$work/raised" >"$work/lacking"
complain "$work/lacking" 'no scenario raises'
comm -23 "$work/known" "$work/named" >"$work/lacking"
complain "$work/lacking" "no scenario's verdict names"
comm -23 "$work/known" "$work/missed" >"$work/lacking"
complain "$work/lacking" 'no scenario is a near miss of'
comm -23 "$work/causes" "$work/explained" >"$work/lacking"
complain "$work/lacking" 'no scenario is explained by'
comm -23 "$work/causes" "$work/unexplained" >"$work/lacking"
complain "$work/lacking" 'no scenario is nearly explained by'
grep -o '"event":"[a-z_0-9]*","severity":"[a-z]*","side":[a-z"]*,"timestamp":"[^"]*","pcap_cnt":\[[0-9][^]]*\],"expected":null,"observed":null' \
	"$work/records" | cut -d '"' -f 4 | grep -v '^one_direction_only$\|^evicted$' | sort -u >"$work/lacking"
complain "$work/lacking" 'of the packet that shows it, no number is told by'
[ "$(wc -l <"$work/known")" -gt 90 ] && [ "$(wc -l <"$work/causes")" -gt 15 ] || failed=1
exit $failed
