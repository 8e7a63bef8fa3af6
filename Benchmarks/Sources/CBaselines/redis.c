// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"
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

baseline *redis_open(const char *host, int port) {
    baseline *engine = calloc(1, sizeof *engine);
    engine->context = redisConnect(host, port);
    if (!engine->context || engine->context->err) return NULL;
    return redis_commit(engine) ? NULL : engine;
}

static void *set(baseline *engine, int kind) {
    char value[236];
    memset(value, 'x', sizeof value);
    engine->count++;
    memcpy(value, &engine->count, sizeof engine->count);
    redisAppendCommand(engine->context, "SET base:{0123456789abcdef}:%d:0123456789abcdef %b", kind, value, sizeof value);
    return NULL;
}

int redis_check(baseline *engine) {
    return judged(redisCommand(engine->context, "GET base:{0123456789abcdef}:0:0123456789abcdef"), REDIS_REPLY_STRING);
}

int redis_touch(baseline *engine) {
    void *reply = set(engine, 0);
    redisGetReply(engine->context, &reply);
    return judged(reply, REDIS_REPLY_STATUS);
}

int redis_commit(baseline *engine) {
    int failed = 0;
    redisAppendCommand(engine->context, "MULTI");
    for (int kind = 0; kind < 4; kind++) set(engine, kind);
    redisAppendCommand(engine->context, "EXEC");
    for (int number = 0; number < 6; number++) {
        void *reply = NULL;
        redisGetReply(engine->context, &reply);
        failed |= judged(reply, number == 5 ? REDIS_REPLY_ARRAY : REDIS_REPLY_STATUS);
    }
    return failed;
}
