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

# A client that resets instead of closing is told once, at the tenth connection; a server's answer
# may have stayed unread, or not.
"$MAKE_CAPTURE" abort 9 >nine.pcap || exit 1
gives 0 nine.pcap
no_alarm rst_instead_of_fin
writes '"resets_sent":9,"resets_instead_of_fin":9'
"$MAKE_CAPTURE" abort 12 >twelve.pcap || exit 1
gives 0 --events anomaly,summary twelve.pcap
alarm rst_instead_of_fin
writes '"pcap_cnt":70,.*"dest_ip":"10.0.0.2".*"event":"rst_instead_of_fin","severity":"notice","side":"client",.*"count":10'
"$MAKE_CAPTURE" refused 12 >refused.pcap || exit 1
gives 0 refused.pcap
no_alarm rst_instead_of_fin

# S89. A thousand connections, twenty a second: a thousand TIME-WAITs at once, which then expire; far
# from the ports that there are.
"$MAKE_CAPTURE" close 1000 0 20 >cycle.pcap || exit 1
"$MAKE_CAPTURE" close 1 100 >late.pcap || exit 1
gives 0 cycle.pcap late.pcap
no_alarm time_wait_pileup
no_alarm port_exhaustion_risk
writes '"peak":1000,"at":"2023-11-14T22:14:09.951200Z"'
writes '"in_use_peak":1000,.*"capacity":28232,"forecast":null'
writes ',400,360,320,280,240,200\]'

# S90. Six hundred a second for a minute: 28,232 are in use after 47 s, told once ten seconds of the rate
# are known.
"$MAKE_CAPTURE" close 36000 0 600 >exhausted.pcap || exit 1
gives 0 --events anomaly,summary exhausted.pcap
writes '"timestamp":"2023-11-14T22:13:30.*"event":"port_exhaustion_risk","severity":"error"'
alarm port_exhaustion_risk
alarm time_wait_pileup
writes '"peak":36000,.*"in_use_peak":36000'
writes '"in_use":28232,"timestamp":"2023-11-14T22:14:07.05'
