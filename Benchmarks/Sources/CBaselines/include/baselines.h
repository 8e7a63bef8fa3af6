// SPDX-License-Identifier: Apache-2.0
#pragma once

// An engine's C library as a careful program would use it: one connection, everything prepared, our shapes of keys and
// records. Each function returns 0 if it did what it says.

// What a table holds before anything is measured.
enum { BASELINE_SESSIONS = 100000, BASELINE_SESSIONS_OF_ONE = 50 };

typedef struct baseline baseline;

baseline *sqlite_open(const char *path);
// Digests the presented token of one of the sessions and reads its record by that.
int sqlite_check(baseline *);
// Writes one record of 200 bytes, durably.
int sqlite_touch(baseline *);
// Writes four in one transaction.
int sqlite_commit(baseline *);

baseline *postgresql_open(const char *url);
int postgresql_check(baseline *);
int postgresql_touch(baseline *);
int postgresql_commit(baseline *);

baseline *redis_open(const char *host, int port);
int redis_check(baseline *);
int redis_touch(baseline *);
int redis_commit(baseline *);
