/*
 * Which frames of the captures are looked at: those that the user's filter lets pass.
 */
#ifndef TCPBYE_SELECTION_H
#define TCPBYE_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "options/options.h"
#include "process/talk.h"
#include "source/frame.h"

struct selection;

/* NULL, having said why, when the filter cannot be read or is wrong. Without a filter everything
 * passes; of what interfaces capture as well, since there the kernel filters. */
struct selection *selection_create(const struct options *options, const struct talk *talk);
void selection_destroy(struct selection *selection);

/* 1: the frame passes; 0: it does not; -1, having said why: the filter does not fit its link type.
 */
int selection_match(struct selection *selection, const struct frame *frame,
		    const struct talk *talk);

bool selection_has_filter(const struct selection *selection);

/* Where there is none, so many frames pass at once. */
void selection_pass(struct selection *selection, unsigned frames);

/* The filter's text; NULL: there is none. */
const char *selection_text(const struct selection *selection);

/* How many frames have been offered, and how many of them passed. */
uint64_t selection_offered(const struct selection *selection);
uint64_t selection_passed(const struct selection *selection);

/* Warns of a filter that let nothing pass though something that hides packets from it was seen. */
void selection_conclude(const struct selection *selection, const struct talk *talk);

#endif
