# -w: the packets of the reported connections, in a second reading.

# packets FILE NUMBER: the file is a capture of so many frames that can be read to its end.
packets()
{
	"$TCPBYE" -v --json --events summary "$1" >out 2>err
	is_true "$1 is a capture" [ $? -eq 0 ]
	says_pattern "^tcpbye: $1: pcap, link type EN10MB, $2 frames in [0-9]* bytes$"
}
# What the records say of connections, but for numbers of frames and names of files.
connections()
{
	"$TCPBYE" --json --nano --events flow "$@" | sed -e 's/"[a-z_]*pcap_cnt":\(\[[^]]*\]\|[0-9]*\)//g' \
		-e 's/"pcap_filename":"[^"]*"//' -e 's/"flow_id":[0-9]*//'
}

gives 0 -w all.pcap three.pcap
says_nothing
flows 3
packets all.pcap 21
is_true 'the same packets at the same times' [ "$(connections three.pcap)" = "$(connections all.pcap)" ]
if command -v tcpdump >/dev/null; then
	tcpdump -r three.pcap -nn -tt --nano -xx >original 2>err
	tcpdump -r all.pcap -nn -tt --nano -xx >written 2>err
	is_true 'the same bytes' cmp -s original written
fi

gives 0 -v -w one-of-three.pcap --flow 10.0.0.2:80-10.0.0.1:40001 three.pcap
says_pattern '^tcpbye: one-of-three.pcap: 7 packets written$'
packets one-of-three.pcap 7
is_true 'of that connection' [ "$(connections --flow 10.0.0.1:40001-10.0.0.2:80 three.pcap)" = \
	"$(connections one-of-three.pcap)" ]

# Several captures, the order of the names, filters and counts hold in the second reading too.
gives 0 -w merged.pcap later.pcap three.pcap
packets merged.pcap 35
gives 0 -w counted.pcap -c 7 later.pcap three.pcap
packets counted.pcap 7
gives 0 -w filtered.pcap -f 'port 40002' three.pcap
packets filtered.pcap 7
gives 0 -w of-udp.pcap udp.pcap three.pcap
packets of-udp.pcap 21
gives 0 -w of-cut.pcap -f 'port 40000' three.pcap one.pcap
packets of-cut.pcap 14
gives 3 -w of-cut.pcap cut.pcap
packets of-cut.pcap 20
gzip -c three.pcap >three.pcap.gz
gives 0 -w of-gzip.pcap three.pcap.gz
packets of-gzip.pcap 21

# Where there is nothing to write, the file is a capture all the same.
gives 0 -w empty.pcap udp.pcap
packets empty.pcap 0
gives 0 -q -w empty.pcap --flow 1 three.pcap
packets empty.pcap 0

# Standard input can be read twice if it is a file, and only then.
gives 0 -w of-input.pcap - <three.pcap
packets of-input.pcap 21
gives 0 -T ladder - <one.pcap
writes '^10.0.0.1:40000 > 10.0.0.2:80$'
for format in ndjson text ladder; do
	cat three.pcap | "$TCPBYE" -T $format -w piped.pcap - >out 2>err
	is_true "a pipe: $format" [ $? -eq 2 ]
	says 'tcpbye: standard input: cannot be read twice, as --write needs it to be (save it to a file first)'
done
cat three.pcap | "$TCPBYE" -T ladder - >out 2>err
is_true 'a pipe: ladder' [ $? -eq 2 ]
says 'tcpbye: standard input: cannot be read twice, as --format ladder needs it to be (save it to a file first)'
writes_nothing

gives 1 -w no/such/directory three.pcap
says 'tcpbye: no/such/directory: cannot be opened to write: No such file or directory (choose another --write)'
gives 1 -w all.pcap missing.pcap
says_pattern '^tcpbye: missing.pcap: '
packets all.pcap 0
cp one.pcap same.pcap
gives 2 -w same.pcap same.pcap
says 'tcpbye: same.pcap: is both a capture to read and the output (write elsewhere with --write)'
is_true 'the capture is as it was' cmp -s one.pcap same.pcap
if [ -c /dev/full ]; then
	gives 1 -w /dev/full three.pcap
	says_pattern '^tcpbye: /dev/full: cannot be written: No space left on device'
	flows 3
fi
