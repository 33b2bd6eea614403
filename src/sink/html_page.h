/*
 * The page that the HTML report is poured into, in two parts: what stands before the data, and what
 * stands behind it. Made from src/share/html when the program is built.
 */
#ifndef TCPBYE_SINK_HTML_PAGE_H
#define TCPBYE_SINK_HTML_PAGE_H

#include <stddef.h>

extern const unsigned char html_page_head[];
extern const size_t html_page_head_bytes;
extern const unsigned char html_page_tail[];
extern const size_t html_page_tail_bytes;

#endif
