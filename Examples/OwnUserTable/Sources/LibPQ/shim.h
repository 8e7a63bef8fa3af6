// SPDX-License-Identifier: Apache-2.0
#ifndef OWN_USER_TABLE_LIBPQ_H
#define OWN_USER_TABLE_LIBPQ_H

// Debian keeps it in a folder of its own, which only its .pc file would name.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#elif __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#error "libpq headers are missing: install libpq-dev"
#endif

#endif
