/*
 * The pages of the catalogue: what is said of each anomaly beyond its row, made from pages_*.def.
 */
#ifndef TCPBYE_CATALOGUE_PAGE_H
#define TCPBYE_CATALOGUE_PAGE_H

/* Texts without line breaks, but where several items stand in one. */
struct anomaly_page {
	const char *seen;   /* what raises it, and what was ruled out before */
	const char *causes; /* one a line */
	const char *checks; /* one a line; a line that begins with "$ " is a command */
	const char *limits; /* how sure it is, and what it is not */
};

/* The page of an id below ANOMALY_COUNT; NULL beyond. */
const struct anomaly_page *anomaly_page(unsigned id);

#endif
