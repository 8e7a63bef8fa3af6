// SPDX-License-Identifier: Apache-2.0
#pragma once

// An engine's C library as a careful program would use it: one connection, everything prepared, our shapes of keys and
// records. Each function returns 0 if it did what it says.

// What a table holds before anything is measured.
enum { BASELINE_SESSIONS = 100000, BASELINE_SESSIONS_OF_ONE = 50 };

#ifdef __cplusplus
extern "C" {
#endif

// One Argon2id hash by libargon2, on the calling thread, memory in KiB.
int argon2_baseline(unsigned memory, unsigned passes, unsigned lanes);

// Compares a code of six digits that is wrong with three steps around a time, by OpenSSL's `HMAC()` or by a context that
// is kept. 0: it was wrong.
int totp_baseline(long long seconds, int keeps_context);

// A hash table of sessions by the SHA-256 of their tokens, behind one mutex.
void memory_fill(int sessions);
// Looks up that many on each of some threads.
int memory_check(int count, int threads);

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

#ifdef __cplusplus
}
#endif
