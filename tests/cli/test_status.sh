# Exit statuses: each one, and of several the first of 2, 1, 3, 4.

gives 0 one.pcap
gives 1 missing.pcap
gives 2 --frobnicate
gives 3 cut.pcap
gives 4 --fail-on notice refused.pcap
writes '"exit_status":4'
gives 0 --fail-on warning refused.pcap
gives 0 --fail-on error refused.pcap
gives 0 --fail-on notice one.pcap
gives 4 --fail-on info refused.pcap

gives 1 --fail-on notice missing.pcap refused.pcap
gives 1 --fail-on notice missing.pcap refused.pcap cut.pcap
gives 3 --fail-on notice cut.pcap refused.pcap
gives 2 -f 'no filter at all' missing.pcap
gives 4 --fail-on notice --events summary refused.pcap
flows 0

# The signals: what has been read is reported.
mkfifo pipe
# Until the program has opened the file: then it takes signals.
wait_for_start()
{
	tries=0
	until ls -l "/proc/$pid/fd" 2>/dev/null | grep -q "/$1\$" || [ "$tries" -ge 200 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	sleep 1
}
wait_for_end()
{
	wait "$pid"
	status=$?
}
"$TCPBYE" -r - <pipe >out 2>err &
pid=$!
exec 9>pipe
cat open.pcap >&9
wait_for_start pipe
kill -TERM "$pid"
wait_for_end
exec 9>&-
is_true 'SIGTERM' [ "$status" -eq 0 ]
flows 3
writes '"reason":"shutdown"'
writes '"stopped_by":"signal"'
says "$(printf '9 packets captured\n9 packets received by filter\n0 packets dropped by kernel')"

if command -v timeout >/dev/null; then
	exec 9<>pipe
	cat one.pcap >&9
	timeout --foreground --preserve-status -s INT 3 "$TCPBYE" -r - <pipe >out 2>err
	is_true 'SIGINT' [ $? -eq 0 ]
	exec 9>&-
	flows 1
	writes '"stopped_by":"signal"'
	says_pattern '^7 packets captured$'
fi

# Nobody takes the records: after the first signal the program still tries to deliver them, the
# second one ends it.
"$MAKE_CAPTURE" close 2000 >many.pcap
exec 9<>pipe
"$TCPBYE" many.pcap >pipe 2>err &
pid=$!
wait_for_start many.pcap
kill -TERM "$pid"
sleep 0.2
is_true 'the first signal does not end a program that is writing' kill -0 "$pid"
kill -TERM "$pid" 2>/dev/null
wait_for_end
exec 9>&-
is_true 'the second signal does' [ "$status" -eq 143 ]

# SIGHUP opens the output again; SIGUSR1 tells the counts and goes on.
exec 9<>pipe
"$TCPBYE" -r - -o moved.json <pipe 2>err &
pid=$!
cat one.pcap >&9
wait_for_start moved.json
mv moved.json first.json
kill -HUP "$pid"
kill -USR1 "$pid"
sleep 1
kill -TERM "$pid"
wait_for_end
exec 9>&-
is_true 'SIGHUP and SIGUSR1 do not end it' [ "$status" -eq 0 ]
is_true 'the output was opened again' [ -s moved.json ]
is_true 'nothing had been written before' [ ! -s first.json ]
is_true 'the counts are told twice' [ "$(grep -c '^7 packets captured$' err)" -eq 2 ]
