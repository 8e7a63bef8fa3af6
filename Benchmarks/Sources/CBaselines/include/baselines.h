// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_BASELINES_H
#define DOORWARD_BASELINES_H

// Each engine by its own C library, prepared, on one connection. Every function but `open` gives 0 if all went well.
// `check` reads a record, `touch` rewrites it, `commit` writes four in one transaction.

typedef struct baseline baseline;

baseline *sqlite_open(const char *path);
int sqlite_check(baseline *engine);
int sqlite_touch(baseline *engine);
int sqlite_commit(baseline *engine);

baseline *postgresql_open(const char *url);
int postgresql_check(baseline *engine);
int postgresql_touch(baseline *engine);
int postgresql_commit(baseline *engine);

baseline *redis_open(const char *host, int port);
int redis_check(baseline *engine);
int redis_touch(baseline *engine);
int redis_commit(baseline *engine);

#endif
