// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"
#include "sessions.h"
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

struct baseline {
    redisContext *context;
    unsigned count;
};

static int judged(redisReply *reply, int type) {
    int failed = !reply || reply->type != type;
    if (reply) freeReplyObject(reply);
    return failed;
}

static int answered(baseline *engine, int type) {
    void *reply = NULL;
    redisGetReply(engine->context, &reply);
    return judged(reply, type);
}

// Only the partition between braces counts for the slot, as with ours.
static void append_set(baseline *engine, const place *place, int kind) {
    char value[236];
    memset(value, 'x', sizeof value);
    engine->count++;
    memcpy(value, &engine->count, sizeof engine->count);
    redisAppendCommand(engine->context, "SET base:{%b}:%d:%b %b", place->partition, sizeof place->partition, kind,
        place->id, sizeof place->id, value, sizeof value);
}

baseline *redis_open(const char *host, int port) {
    baseline *engine = calloc(1, sizeof *engine);
    engine->context = redisConnect(host, port);
    if (!engine->context || engine->context->err) return NULL;
    int failed = 0;
    for (unsigned number = 0; number < BASELINE_SESSIONS; number += 100) {
        for (unsigned next = number; next < number + 100; next++) {
            place place = session_place(next);
            append_set(engine, &place, 0);
        }
        for (int reply = 0; reply < 100; reply++) failed |= answered(engine, REDIS_REPLY_STATUS);
    }
    return failed ? NULL : engine;
}

int redis_check(baseline *engine) {
    place place = any_session();
    return judged(redisCommand(engine->context, "GET base:{%b}:0:%b", place.partition, sizeof place.partition,
        place.id, sizeof place.id), REDIS_REPLY_STRING);
}

int redis_touch(baseline *engine) {
    place place = session_place(0);
    append_set(engine, &place, 0);
    return answered(engine, REDIS_REPLY_STATUS);
}

int redis_commit(baseline *engine) {
    place place = session_place(0);
    redisAppendCommand(engine->context, "MULTI");
    for (int kind = 0; kind < 4; kind++) append_set(engine, &place, kind);
    redisAppendCommand(engine->context, "EXEC");
    int failed = 0;
    for (int number = 0; number < 6; number++) {
        failed |= answered(engine, number == 5 ? REDIS_REPLY_ARRAY : REDIS_REPLY_STATUS);
    }
    return failed;
}
