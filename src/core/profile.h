/*
 * How long systems hold TIME-WAIT.
 */
#ifndef TCPBYE_CORE_PROFILE_H
#define TCPBYE_CORE_PROFILE_H

#include <stdint.h>

#include "core/words.h"

/* Twice the MSL that the profile's system takes (RFC 9293, 3.4.3); 0 for PROFILE_CUSTOM. */
int64_t profile_time_wait_ns(enum profile profile);

#endif
