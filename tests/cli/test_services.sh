# Services as a whole: ports that run out, TIME-WAITs that pile up, servers that close first.

# alarm EVENT: the summary counts that anomaly; no_alarm EVENT: it does not.
alarm()
{
	writes "\"by_event\":{[^}]*\"$1\":1"
}
no_alarm()
{
	writes_no "\"by_event\":{[^}]*\"$1\""
}

# One connection a second, each of which keeps its port for a minute: 60 ports in the long run.
"$MAKE_CAPTURE" close 100 >minute.pcap || exit 1
gives 0 minute.pcap
no_alarm time_wait_pileup
no_alarm port_exhaustion_risk
writes '"port_capacity":28232'
writes '"peak":60,.*"in_use_peak":61,.*"ports_seen":100,"capacity":28232,"forecast":null'
gives 0 --port-capacity 200 minute.pcap
no_alarm time_wait_pileup
no_alarm port_exhaustion_risk
gives 0 --port-capacity 50 minute.pcap
alarm time_wait_pileup
alarm port_exhaustion_risk
writes '"forecast":{"seconds_to_capacity":'
writes '"alarms":\[{"event":"port_exhaustion_risk","severity":"error","side":"client"'

# They are told at once, as soon as the rate is known, and count for --fail-on.
gives 4 --events anomaly,summary --fail-on error --port-capacity 50 minute.pcap
writes '"timestamp":"2023-11-14T22:13:30.*"event":"port_exhaustion_risk"'
writes '"timestamp":"2023-11-14T22:13:45.*"event":"time_wait_pileup"'
gives 0 --events anomaly,summary --fail-on error --port-capacity 200 minute.pcap
gives 2 --port-capacity 0 minute.pcap
says_pattern '^tcpbye: --port-capacity 0: too small'

# A shorter TIME-WAIT leaves more room.
gives 0 --port-capacity 50 --time-wait 10s minute.pcap
no_alarm port_exhaustion_risk

# A server that closes first holds the TIME-WAITs; the client's ports are free at once.
"$MAKE_CAPTURE" http 120 >http.pcap || exit 1
gives 0 --port-capacity 50 http.pcap
alarm server_side_time_wait
no_alarm time_wait_pileup
no_alarm port_exhaustion_risk
writes '"dest_port":80,"connections":120,"closed_first":{"client":0,"server":120,"both":0},"server_first_percent":100'
writes '"time_waits":{"client":0,"server":120}'
"$MAKE_CAPTURE" http 99 >few.pcap || exit 1
gives 0 few.pcap
no_alarm server_side_time_wait
