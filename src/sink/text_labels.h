/*
 * What people call that which is counted: a label for each value of an enumeration.
 */
#ifndef TCPBYE_SINK_TEXT_LABELS_H
#define TCPBYE_SINK_TEXT_LABELS_H

#include "core/words.h"

extern const char *const label_end[TEARDOWN_COUNT];

/* Why a connection was not followed to its end; NULL where it was. */
extern const char *const label_reason[REASON_COUNT];

extern const char *const label_reset_form[RESET_FORM_COUNT];

/* [WHO_NULL]: not known. */
extern const char *const label_reset_sender[WHO_COUNT + 1];
extern const char *const label_closer[WHO_COUNT + 1];

#endif
