/*
 * A BPF filter (pcap-filter(7)) that fits every link type: compiled once per link type, when that
 * is first met.
 */
#ifndef TCPBYE_SOURCE_FILTER_H
#define TCPBYE_SOURCE_FILTER_H

#include <stdbool.h>

#include "source/frame.h"
#include "source/source.h"

struct filter;

/* Compiles `expression` for Ethernet to check it; NULL with `error` filled in when it is wrong.
 * Free with filter_destroy(). */
struct filter *filter_create(const char *expression, struct source_error *error);
void filter_destroy(struct filter *filter);

/* 1: the frame passes, 0: it does not, -1: the expression cannot be compiled for its link type
 * (`error` says so). */
int filter_match(struct filter *filter, const struct frame *frame, struct source_error *error);

#endif
