/*
 * The exit statuses, and which one counts where several are called for.
 */
#ifndef TCPBYE_STATUS_H
#define TCPBYE_STATUS_H

enum {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,     /* a capture or the output */
	STATUS_USAGE = 2,      /* or the filter is wrong */
	STATUS_DAMAGED = 3,    /* a capture ended early or is damaged */
	STATUS_FOUND = 4,      /* what --fail-on asks for */
	STATUS_NO_READER = 141 /* the output's reader has gone: what a shell makes of SIGPIPE */
};

/* Of two, the first of 141, 2, 1, 3, 4, 0. */
static inline int status_of_both(int a, int b)
{
	static const int order[] = {STATUS_NO_READER, STATUS_USAGE, STATUS_FAILED, STATUS_DAMAGED,
				    STATUS_FOUND};

	for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return STATUS_DONE;
}

#endif
