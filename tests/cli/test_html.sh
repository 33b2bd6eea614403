# The page for a browser, as far as it can be told without one.

gives 0 -T html -o report.html three.pcap
writes_nothing
says_nothing
mv report.html out
writes '^<!DOCTYPE html>$'
writes "Content-Security-Policy. content=.default-src 'none'; script-src 'sha256-"
writes '^</html>$'
writes '"headline":"3 connections; all closed in order'
writes '"columns":\["flow_id","start_us",'
is_true 'it loads nothing' [ "$(grep -cE '(src|href)="?(https?:)?//|url\(' out)" -eq 0 ]

# A name is text, whatever it looks like.
name='<script><img src=x onerror=alert(1)>.pcap'
cp three.pcap "$name"
gives 0 -T html "$name"
writes_no '<img'
writes '"name":"\\u003cscript>\\u003cimg src=x onerror=alert(1)>.pcap"'

# What cannot be read twice has a page too.
"$TCPBYE" -T html - <three.pcap >out 2>err
is_true 'standard input' [ $? -eq 0 ]
writes '"headline":"3 connections'
writes '"ladders":3,"draws":true'
cat three.pcap | "$TCPBYE" -T html - >out 2>err
is_true 'a pipe' [ $? -eq 0 ]
writes '"ladders":0,"draws":false'

# The table holds what was chosen, the headline is of all.
gives 0 -T html --only refused three.pcap
writes '"headline":"3 connections'
writes '"reported":0,"rows":0,'

gives 2 -T htm three.pcap
says_pattern 'html'

# Connections with few anomalies and with many, from several threads, are drawn alike.
gives 0 -T html -J 1 "$(dirname "$MAN_PAGE")/../testdata/captures/web.pcap"
mv out one_thread
gives 0 -T html -J 4 "$(dirname "$MAN_PAGE")/../testdata/captures/web.pcap"
is_true 'byte for byte the same page' cmp -s one_thread out
