/*
 * Bytes of a harness's input as a capture that the program's own reader opens.
 *
 * One anonymous file is written anew for each input, since a source is opened by name.
 */
#ifndef TCPBYE_TESTS_FUZZ_CAPTURE_INPUT_H
#define TCPBYE_TESTS_FUZZ_CAPTURE_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct source;
struct source_error;

/*
 * A source over a copy of the bytes, or NULL with `error` filled in where they tell no capture.
 * Close it with source_close() before the next call. Aborts where the system refuses a file.
 */
struct source *capture_input_open(const uint8_t *bytes, size_t size_bytes,
				  struct source_error *error);

#endif
