// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"
#include "sessions.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct baseline {
    sqlite3 *database;
    sqlite3_stmt *read, *write, *begin, *commit;
    unsigned count;
};

static int step(sqlite3_stmt *statement, int expected) {
    int status = sqlite3_step(statement);
    sqlite3_reset(statement);
    return status != expected;
}

static void bind_key(sqlite3_stmt *statement, const place *place, int kind) {
    sqlite3_bind_blob(statement, 1, place->partition, sizeof place->partition, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, kind);
    sqlite3_bind_blob(statement, 3, place->id, sizeof place->id, SQLITE_STATIC);
}

static int write_one(baseline *engine, const place *place, int kind) {
    char value[200];
    // A value that is the same would not be written at all.
    memset(value, 'x', sizeof value);
    engine->count++;
    memcpy(value, &engine->count, sizeof engine->count);
    bind_key(engine->write, place, kind);
    sqlite3_bind_blob(engine->write, 4, value, sizeof value, SQLITE_STATIC);
    sqlite3_bind_blob(engine->write, 5, value, 16, SQLITE_STATIC);
    sqlite3_bind_int64(engine->write, 6, 1);
    return step(engine->write, SQLITE_DONE);
}

baseline *sqlite_open(const char *path) {
    baseline *engine = calloc(1, sizeof *engine);
    if (sqlite3_open(path, &engine->database)) return NULL;
    sqlite3_exec(engine->database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE base (partition BLOB, kind INTEGER, id BLOB, value BLOB, version BLOB, expires INTEGER,"
        "PRIMARY KEY (partition, kind, id)) STRICT, WITHOUT ROWID", NULL, NULL, NULL);
    int failed = sqlite3_prepare_v2(engine->database,
        "SELECT value, version, expires FROM base WHERE partition = ?1 AND kind = ?2 AND id = ?3", -1, &engine->read, NULL)
        | sqlite3_prepare_v2(engine->database,
        "INSERT INTO base VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET value = excluded.value,"
        "version = excluded.version, expires = excluded.expires", -1, &engine->write, NULL)
        | sqlite3_prepare_v2(engine->database, "BEGIN IMMEDIATE", -1, &engine->begin, NULL)
        | sqlite3_prepare_v2(engine->database, "COMMIT", -1, &engine->commit, NULL);
    if (failed) return NULL;
    failed = step(engine->begin, SQLITE_DONE);
    for (unsigned number = 0; number < BASELINE_SESSIONS; number++) {
        place place = session_place(number);
        failed |= write_one(engine, &place, 0);
    }
    return failed | step(engine->commit, SQLITE_DONE) ? NULL : engine;
}

int sqlite_check(baseline *engine) {
    place place = any_session();
    bind_key(engine->read, &place, 0);
    int status = sqlite3_step(engine->read);
    int length = sqlite3_column_bytes(engine->read, 0);
    sqlite3_reset(engine->read);
    return status != SQLITE_ROW || length != 200;
}

int sqlite_touch(baseline *engine) {
    place place = session_place(0);
    return write_one(engine, &place, 0);
}

int sqlite_commit(baseline *engine) {
    place place = session_place(0);
    int failed = step(engine->begin, SQLITE_DONE);
    for (int kind = 0; kind < 4; kind++) failed |= write_one(engine, &place, kind);
    return failed | step(engine->commit, SQLITE_DONE);
}
