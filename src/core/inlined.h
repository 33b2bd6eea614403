/*
 * For a function of a header that is to be a part of each of its callers, however large it is:
 * where a caller's arguments are constants, most of it is gone. Where the compiler knows no way to
 * say that, it decides itself.
 */
#ifndef TCPBYE_CORE_INLINED_H
#define TCPBYE_CORE_INLINED_H

#ifdef __GNUC__
#define INLINED inline __attribute__((always_inline))
#else
#define INLINED inline
#endif

#endif
