# A capture that grows while it is read.

# until COMMAND...: waits, for 20 s at most, until the command succeeds.
until_true()
{
	checks=$((checks + 1))
	tries=200
	until "$@" 2>/dev/null; do
		tries=$((tries - 1))
		if [ "$tries" -eq 0 ]; then
			fail "never came true: $*"
			return
		fi
		sleep 0.1
	done
}
# follow ARGUMENT...: the program in the background. A shell starts such commands with SIGINT
# ignored, which the program leaves as it is, so that the tests stop it by SIGTERM.
follow()
{
	ran="tcpbye --follow $*"
	: >out
	"$TCPBYE" --follow --events state,flow,summary "$@" >out 2>err &
	follower=$!
}
# begins: the first step of a connection is told, so that the program has read that far.
begins()
{
	until_true grep -q '"event_type":"state"' out
}
# ends STATUS: it ends by itself with this status.
ends()
{
	checks=$((checks + 1))
	wait "$follower"
	status=$?
	[ "$status" -eq "$1" ] || fail "exit status $status, not $1"
}
has_flows()
{
	[ "$(grep -c '"event_type":"flow"' out)" -eq "$1" ]
}

"$MAKE_CAPTURE" close 1 100 | tail -c +25 >second.part
"$MAKE_CAPTURE" close 1 200 | tail -c +25 >third.part

# From an empty file on, in pieces that end in the middle of a packet. A record leaves when it is
# final: once a later packet says that TIME-WAIT is over.
: >growing.pcap
follow -T ndjson growing.pcap
sleep 0.3
is_true 'it waits' kill -0 "$follower"
head -c 100 one.pcap >>growing.pcap
sleep 0.2
tail -c +101 one.pcap >>growing.pcap
head -c 50 second.part >>growing.pcap
begins
is_true 'nothing is final' has_flows 0
tail -c +51 second.part >>growing.pcap
until_true has_flows 1
writes '"reason":"closed"'
cat third.part >>growing.pcap
until_true has_flows 2
is_true 'it waits still' kill -0 "$follower"
head -c 10 second.part >>growing.pcap
sleep 0.2
kill -TERM "$follower"
ends 0
flows 3
summaries 1
writes '"stopped_by":"signal"'
writes '"exit_status":0'

# What becomes shorter is told.
cp three.pcap growing.pcap
follow growing.pcap
begins
: >growing.pcap
ends 3
says_pattern '^tcpbye: growing.pcap: has shrunk to 0 bytes while it was read: .*the 21 frames before it were read'
flows 3

# A count still ends it, and a pipe ends when nobody writes to it any more.
cp three.pcap growing.pcap
follow -c 7 growing.pcap
ends 0
writes '"stopped_by":"count"'
: >out
"$TCPBYE" --follow --events state,flow,summary - <one.pcap >out 2>err &
follower=$!
begins
sleep 0.3
is_true 'a file as standard input is followed as well' kill -0 "$follower"
kill -TERM "$follower"
ends 0
ran='tcpbye --follow - (a pipe)'
cat three.pcap | "$TCPBYE" --follow - >out 2>err
is_true 'a pipe ends' [ $? -eq 0 ]
flows 3
writes '"stopped_by":"end_of_input"'

echo 'this is no capture, but a text' >text.pcap
follow text.pcap
ends 1
says_pattern '^tcpbye: text.pcap: is neither pcap nor pcapng'
gives 2 --follow one.pcap three.pcap
says 'tcpbye: --follow: reads one capture as it grows, and there are 2 (run tcpbye once for each)'
