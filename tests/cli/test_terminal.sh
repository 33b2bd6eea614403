# What depends on whether there is a terminal; script(1) provides one.

command -v script >/dev/null || exit 77

# on_terminal COMMAND: runs it with standard output and error on a terminal of 100 columns, which
# becomes `out`.
on_terminal()
{
	ran="on a terminal: $1"
	script -qec "stty cols 100; $1" typescript </dev/null >/dev/null 2>&1
	status=$?
	sed 's/\r$//' typescript >out
	: >err
}
escape=$(printf '\033')

on_terminal "$TCPBYE one.pcap"
is_true "$ran" [ "$status" -eq 0 ]
writes_no '"event_type"'
writes "$escape\["
on_terminal "$TCPBYE -T ndjson one.pcap"
flows 1
on_terminal "NO_COLOR=1 $TCPBYE one.pcap"
writes_no "$escape"
on_terminal "NO_COLOR= $TCPBYE one.pcap"
writes "$escape\["
on_terminal "TERM=dumb $TCPBYE one.pcap"
writes_no "$escape"
on_terminal "$TCPBYE --color never one.pcap"
writes_no "$escape"
gives 0 -T text one.pcap
writes_no "$escape"
gives 0 -T text --color always one.pcap
writes "$escape\["

# A terminal is no capture.
checks=$((checks + 1))
script -qec "$TCPBYE -r -" typescript >/dev/null 2>&1 </dev/null
[ $? -eq 2 ] || fail 'a terminal as capture: status'
cp typescript out
writes 'tcpbye: -: standard input is a terminal, not a capture'

# Beyond ASCII only in a UTF-8 locale.
for utf8 in C.UTF-8 C.utf8; do
	[ "$(LC_ALL=$utf8 locale charmap 2>/dev/null)" = UTF-8 ] || continue
	LC_ALL=$utf8 "$TCPBYE" -T text --ascii three.pcap >out 2>err
	is_true 'ASCII on request' [ -z "$(LC_ALL=C tr -d '\000-\177' <out)" ]
	break
done
gives 0 -T text three.pcap
is_true 'ASCII in the C locale' [ -z "$(tr -d '\000-\177' <out)" ]

# Progress: after a second, on standard error, and gone at the end.
slowly()
{
	cat three.pcap
	sleep 1.2
	"$MAKE_CAPTURE" close 500 100 | tail -c +25
	sleep 0.2
}
slowly | "$TCPBYE" --progress always --json -r - >out 2>err
says_pattern 'packets/s'
flows 503
is_true 'the line is taken away' [ "$(tail -c 4 err)" = "$(printf '\r')$escape[K" ]
slowly | "$TCPBYE" --progress never --json -r - >out 2>err
says_nothing
slowly | "$TCPBYE" --progress always -q --json -r - >out 2>err
says_nothing
gives 0 --progress always three.pcap
says_nothing
on_terminal "$TCPBYE -r missing.pcap"
writes 'tcpbye: missing.pcap: '

# Live, a line says what goes on, if more words are asked for. LeakSanitizer looks at the process
# from outside when it ends, which the sandbox refuses.
if "$TCPBYE" -qq -i lo --sandbox off --duration 10ms >out 2>err; then
	"$TCPBYE" -v -i lo --sandbox off --duration 1500ms --progress always --json >out 2>err
	is_true 'a live capture' [ $? -eq 0 ]
	tr '\r' '\n' <err >line
	cp line err
	says_pattern '0:00:01, [0-9]* packets, [0-9]* packets/s, [0-9]* open, [0-9]* anomalies, [0-9]* dropped$'
	"$TCPBYE" -v -i lo --sandbox off --duration 1200ms --json >out 2>err
	is_true 'no terminal, no line' [ "$(grep -c 'packets/s' err)" -eq 0 ]
else
	echo 'nothing can be captured here: the line of a live capture is not looked at'
fi
