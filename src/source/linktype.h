/*
 * The numbers of link types: what files say (LINKTYPE_*) and what libpcap says (DLT_*) are not
 * always the same.
 */
#ifndef TCPBYE_SOURCE_LINKTYPE_H
#define TCPBYE_SOURCE_LINKTYPE_H

#include <stdint.h>

/* The DLT_* value of this system for a LINKTYPE_* value. */
int linktype_to_dlt(unsigned linktype);

/* The LINKTYPE_* value for a DLT_* value of this system. */
uint16_t linktype_of_dlt(int dlt);

/* The longest packet that a capture of this link type holds; a longer one is damage. */
uint32_t linktype_max_packet_bytes(unsigned linktype);

#endif
