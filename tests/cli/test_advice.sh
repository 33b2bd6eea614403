# The commands that the pages of --explain offer. Each can be pasted into a shell; those that only
# look, at a capture or at the sockets of this host, are run on a capture of the name FILE. Where a
# program is not installed, its commands are not run.

commands()
{
	"$TCPBYE" --list-anomalies | awk '/^[a-z]/ { print $1 }' | while read -r id; do
		"$TCPBYE" --explain "$id"
	done | sed -n 's/^ *\$ //p' | sort -u
}

# fill_in COMMAND: with something for each word that stands for what the reader knows.
fill_in()
{
	printf '%s\n' "$1" | sed -e "s/FLOW_ID/$flow_id/" -e 's/PORT/80/g' -e 's/PEER/127.0.0.1/' \
		-e 's/ADDRESS/127.0.0.1/' -e 's/host A and host B/host 10.0.0.1 and host 10.0.0.2/'
}

# compiled COMMAND: tcpdump takes its options and compiles its filter, and captures nothing.
compiled()
{
	printf '%s\n' "$1" |
		sed -e 's/ -ni any\| \.\.\.$/ -r FILE/' -e 's/ | head.*//' -e 's/^tcpdump/& -d/'
}

# runs COMMAND: exits with 0 and complains of nothing.
runs()
{
	checks=$((checks + 1))
	ran=$1
	sh -c "$1" </dev/null >out 2>complaints || fail "exit status $?"
	grep -v -e '^Running as user' -e '^reading from file' -e 'packets seen' complaints >err
	[ ! -s err ] || fail 'it complains'
}

# may_run PROGRAM COMMAND
may_run()
{
	if command -v "$1" >/dev/null; then
		runs "$2"
	else
		echo "$1 is not installed: not run: $2"
	fi
}

"$MAKE_CAPTURE" abort 3 >FILE || exit 1
cp FILE in.pcap && cp FILE out.pcap || exit 1
flow_id=$("$TCPBYE" --json --events flow FILE | sed -n '1s/.*"flow_id":\([0-9]*\).*/\1/p')
"$TCPBYE" --flow "$flow_id" -w one.pcap FILE >/dev/null || exit 1
PATH=$(dirname "$TCPBYE"):$PATH
export NSTAT_HISTORY="$directory/nstat"

commands >commands
is_true 'the pages offer commands' [ "$(wc -l <commands)" -gt 100 ]
while read -r command; do
	filled=$(fill_in "$command")
	is_true 'a shell can read it' sh -n -c "$filled"
	case $filled in
	tcpbye*jq*) may_run jq "$filled" ;;
	tcpbye*) runs "$filled" ;;
	tcpdump*) may_run tcpdump "$(compiled "$filled")" ;;
	tshark* | editcap* | reordercap* | nstat*) may_run "${filled%% *}" "$filled" ;;
	ss*) ! ss -tan >/dev/null 2>&1 || runs "$filled" ;;
	esac
done <commands
