/*
 * Prints tcpbye-anomalies(7): made from the catalogue that the program uses itself.
 *
 * A test compares the page with this text; the target update_anomaly_page puts it there.
 */
#include "catalogue/page.h"
#include "core/anomaly.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A sentence a line, as manual pages want it. */
static void print_text(const char *text)
{
	for (; *text != '\0'; text++) {
		bool ends = (*text == '.' || *text == '?') && text[1] == ' ';

		putchar(*text);
		if (ends) {
			putchar('\n');
			text++;
		}
	}
	putchar('\n');
}

static void print_names(const char *tool, const char *names)
{
	if (names == NULL)
		return;
	printf("%s:\n", tool);
	while (*names != '\0') {
		int length = (int)strcspn(names, " ");

		printf(".Ql %.*s", length, names);
		names += length + (names[length] == ' ');
		puts(*names == '\0' ? " ." : " ,");
	}
}

static void print_anomaly(unsigned id)
{
	const struct anomaly_row *row = anomaly_row(id);

	printf(".It Cm %s Pq %s, number %u; %s\n", row->id, severity_word(row->severity),
	       row->number, row->source);
	print_text(row->message);
	print_text(anomaly_page(id)->seen);
	print_text(row->advice);
	print_names("Suricata", row->suricata);
	print_names("Zeek", row->zeek);
	print_names("Wireshark", row->wireshark);
}

static void print_groups(void)
{
	puts(".Sh ANOMALIES");
	for (unsigned group = 0; group < ANOMALY_GROUP_COUNT; group++) {
		printf(".Ss %s\n.Bl -tag -width Ds\n", anomaly_group_title(group));
		for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
			if (anomaly_row(id)->group == group)
				print_anomaly(id);
		}
		puts(".El");
	}
}

static const char beginning[] =
	".Dd November 21, 2026\n"
	".Dt TCPBYE-ANOMALIES 7\n"
	".Os\n"
	".Sh NAME\n"
	".Nm tcpbye-anomalies\n"
	".Nd what can be wrong with the end of a TCP connection\n"
	".Sh DESCRIPTION\n"
	"What\n"
	".Xr tcpbye 1\n"
	"finds out of the ordinary it reports by the names below:\n"
	"in the list\n"
	".Va anomalies\n"
	"of each flow record, and at once as anomaly records.\n"
	"All that is known of one of them, with its likely causes and the commands that help to "
	"find "
	"out, is printed by\n"
	".Dl tcpbye --explain Ar name\n"
	".Pp\n"
	"There is one entry for each name and side of a connection, with a count, the frames that "
	"show it, and the numbers that were\n"
	"expected and observed.\n"
	".Ss Severities\n"
	".Bl -tag -width notice\n"
	".It Cm error\n"
	"An application was harmed, or the protocol was broken.\n"
	".It Cm warning\n"
	"That may be so, or will be.\n"
	".It Cm notice\n"
	"Out of the ordinary, and worth knowing.\n"
	".It Cm info\n"
	"It happened; nothing is wrong.\n"
	".El\n"
	".Ss Doubt\n"
	"An anomaly is raised when the explanations that lie at the capture have been ruled out: "
	"packets that it lost, copied or\n"
	"reordered, a capture of one direction, its beginning and its end.\n"
	"Where segments are missing around the close, or the packet that shows the anomaly is a "
	"copy "
	"or was reordered, it is one\n"
	"level milder, and\n"
	".Va capture_doubt\n"
	"says so.\n"
	"The severities below are those without doubt.\n";

static const char ending[] = ".Sh SEE ALSO\n"
			     ".Xr tcpbye 1 ,\n"
			     ".Xr tcpbye-json 5 ,\n"
			     ".Xr ss 8\n"
			     ".Rs\n"
			     ".%A W. Eddy\n"
			     ".%T Transmission Control Protocol (TCP)\n"
			     ".%R RFC 9293\n"
			     ".Re\n"
			     ".Rs\n"
			     ".%A A. Ramaiah\n"
			     ".%A R. Stewart\n"
			     ".%A M. Dalal\n"
			     ".%T Improving TCP's Robustness to Blind In-Window Attacks\n"
			     ".%R RFC 5961\n"
			     ".Re\n";

int main(void)
{
	fputs(beginning, stdout);
	print_groups();
	fputs(ending, stdout);
	return ferror(stdout) || fflush(stdout) != 0;
}
