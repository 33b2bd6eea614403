# The catalogue: listed, explained, and chosen from.

gives 0 --list-anomalies
says_nothing
writes '# Opening'
writes '^http_keepalive_race  *error  *A request crossed'
if command -v python3 >/dev/null; then
	gives 0 --list-anomalies --format json
	says_nothing
	is_true 'the list is JSON, one entry for each line of the text' python3 -c '
import json, subprocess, sys
entries = json.load(open("out"))
text = subprocess.run([sys.argv[1], "--list-anomalies"], capture_output=True, text=True, check=True).stdout
ids = [line.split()[0] for line in text.splitlines() if line and line[0] != "#"]
assert sorted(ids) == sorted(entry["id"] for entry in entries)
assert all(entry["message"] and entry["advice"] and entry["source"] for entry in entries)
assert ["stream.suspected_rst_inject"] == next(e for e in entries if e["id"] == "rst_ignored_by_sender")["suricata"]
' "$TCPBYE"
fi

gives 0 --explain http_keepalive_race
says_nothing
writes 'http_keepalive_race  (error, number 80)'
writes 'WHAT TO DO'
writes '$ tcpbye --json'
gives 0 --explain close_wait_stuck --width 60
is_true 'pages are set to the width, but for commands' [ -z "$(grep -v '^ *\$ ' out | awk 'length > 60')" ]

refuses()
{
	line=$1
	shift
	gives 2 "$@"
	says "tcpbye: $line"
	writes_nothing
}
refuses '--explain close_wait_stcuk: there is no close_wait_stcuk (did you mean close_wait_stuck?)' --explain close_wait_stcuk
refuses '--explain four_way: there is no four_way (see tcpbye --list-anomalies)' --explain four_way
refuses '--only four_way,fuor_way: there is no fuor_way (did you mean four_way?)' --only four_way,fuor_way one.pcap
refuses '--only xyzzy: there is no xyzzy (see tcpbye --list-anomalies)' --only xyzzy one.pcap
refuses '--min-severity bad: there is no bad (it takes info|notice|warning|error)' --min-severity bad one.pcap

# What is chosen is what is reported, and the summary counts all.
"$MAKE_CAPTURE" close 3 >close.pcap
"$MAKE_CAPTURE" refused 2 10 >refused.pcap
gives 0 --json --only refused close.pcap refused.pcap
flows 2
summaries 1
writes '"total":5'
gives 0 --json --only connect_refused,four_way close.pcap refused.pcap
flows 5
gives 0 --json --min-severity notice close.pcap refused.pcap
flows 2
gives 0 --json --min-severity warning close.pcap refused.pcap
flows 0
gives 0 --json --min-severity notice --only four_way close.pcap refused.pcap
flows 0
gives 0 --json --events anomaly --min-severity notice refused.pcap
writes '"event_type":"anomaly"'
gives 0 --json --events anomaly --only half_close refused.pcap
writes_no '"event_type":"anomaly"'
gives 4 --json --only four_way --fail-on notice refused.pcap
flows 0
