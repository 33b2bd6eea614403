/*
 * What every fuzz harness is: one function that takes any bytes, and aborts where a promise is
 * broken.
 *
 * Linked with libFuzzer it is a fuzzer, linked with standalone.c a test over kept inputs.
 */
#ifndef TCPBYE_TESTS_FUZZ_HARNESS_H
#define TCPBYE_TESTS_FUZZ_HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Unlike assert(3) it is there in every build. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__,         \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* The name and the result (always 0) are libFuzzer's convention. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

#endif
