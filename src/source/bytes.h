/*
 * Integers out of bytes, in either byte order and at any alignment.
 */
#ifndef TCPBYE_SOURCE_BYTES_H
#define TCPBYE_SOURCE_BYTES_H

#include <stdint.h>

enum byte_order { BYTES_LITTLE, BYTES_BIG };

static inline uint16_t bytes_be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t bytes_be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint16_t bytes_le16(const uint8_t *at)
{
	return (uint16_t)(at[1] << 8 | at[0]);
}

static inline uint32_t bytes_le32(const uint8_t *at)
{
	return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static inline uint16_t bytes_u16(const uint8_t *at, enum byte_order order)
{
	return order == BYTES_BIG ? bytes_be16(at) : bytes_le16(at);
}

static inline uint32_t bytes_u32(const uint8_t *at, enum byte_order order)
{
	return order == BYTES_BIG ? bytes_be32(at) : bytes_le32(at);
}

#endif
