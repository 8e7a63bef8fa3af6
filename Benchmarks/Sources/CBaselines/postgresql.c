// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"
#include "sessions.h"
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
#include <stdlib.h>
#include <string.h>

struct baseline {
    PGconn *connection;
    unsigned count;
};

static int run(baseline *engine, const char *sql) {
    PGresult *result = PQexec(engine->connection, sql);
    int failed = PQresultStatus(result) != PGRES_COMMAND_OK;
    PQclear(result);
    return failed;
}

static int prepare(baseline *engine, const char *name, const char *sql) {
    PGresult *result = PQprepare(engine->connection, name, sql, 0, NULL);
    int failed = PQresultStatus(result) != PGRES_COMMAND_OK;
    PQclear(result);
    return failed;
}

static int write_one(baseline *engine, const place *place, char kind) {
    char value[200], sort[4] = {0, 0, 0, kind};
    memset(value, 'x', sizeof value);
    engine->count++;
    memcpy(value, &engine->count, sizeof engine->count);
    const char *values[] = {place->partition, sort, place->id, value, value};
    int lengths[] = {16, 4, 32, 200, 16}, formats[] = {1, 1, 1, 1, 1};
    PGresult *result = PQexecPrepared(engine->connection, "write", 5, values, lengths, formats, 1);
    int failed = PQresultStatus(result) != PGRES_COMMAND_OK;
    PQclear(result);
    return failed;
}

baseline *postgresql_open(const char *url) {
    baseline *engine = calloc(1, sizeof *engine);
    engine->connection = PQconnectdb(url);
    if (PQstatus(engine->connection) != CONNECTION_OK) return NULL;
    int failed = run(engine, "CREATE TABLE base (partition bytea, kind integer, id bytea, value bytea, version bytea,"
        "expires bigint, PRIMARY KEY (partition, kind, id))")
        | prepare(engine, "read", "SELECT value, version, expires FROM base WHERE partition = $1::bytea"
        " AND kind = $2::integer AND id = $3::bytea")
        | prepare(engine, "write", "INSERT INTO base VALUES ($1::bytea, $2::integer, $3::bytea, $4::bytea, $5::bytea, 1)"
        " ON CONFLICT (partition, kind, id) DO UPDATE SET value = excluded.value, version = excluded.version");
    if (failed) return NULL;
    failed = run(engine, "BEGIN");
    for (unsigned number = 0; number < BASELINE_SESSIONS; number++) {
        place place = session_place(number);
        failed |= write_one(engine, &place, 0);
    }
    return failed | run(engine, "COMMIT") | run(engine, "ANALYZE base") ? NULL : engine;
}

int postgresql_check(baseline *engine) {
    place place = any_session();
    const char sort[4] = {0, 0, 0, 0}, *values[] = {place.partition, sort, place.id};
    int lengths[] = {16, 4, 32}, formats[] = {1, 1, 1};
    PGresult *result = PQexecPrepared(engine->connection, "read", 3, values, lengths, formats, 1);
    int failed = PQntuples(result) != 1 || PQgetlength(result, 0, 0) != 200;
    PQclear(result);
    return failed;
}

int postgresql_touch(baseline *engine) {
    place place = session_place(0);
    return write_one(engine, &place, 0);
}

int postgresql_commit(baseline *engine) {
    place place = session_place(0);
    int failed = run(engine, "BEGIN");
    for (char kind = 0; kind < 4; kind++) failed |= write_one(engine, &place, kind);
    return failed | run(engine, "COMMIT");
}
