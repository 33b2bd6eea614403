/*
 * The compact form of a diary that is over, to which nothing is added any more: most of the
 * connections that a busy tap knows only wait for the end of TIME-WAIT.
 *
 * All that its record is made of stays, whatever it is; what a next segment would be held against
 * is left out.
 */
#ifndef TCPBYE_CORE_DIARY_SEAL_H
#define TCPBYE_CORE_DIARY_SEAL_H

#include "core/diary.h"
#include "core/octets.h"

enum {
	DIARY_SEALED_HEAD_BYTES = 56,
	DIARY_SEALED_MAX_BYTES =
		3 + 3 * OCTETS_MAX + DIARY_NOTES_MAX_BYTES + DIARY_SEALED_HEAD_BYTES,
};

/* Writes the diary to `sealed`, which has room for DIARY_SEALED_MAX_BYTES. Returns how many bytes
 * are to be kept. */
size_t diary_seal(const struct diary *diary, uint8_t *sealed);

/* The other way round, from so many bytes: all that diary_unpack() needs. Returns where in `sealed`
 * the notes stand. */
const uint8_t *diary_unseal(const uint8_t *sealed, size_t bytes, struct diary *diary);

#endif
