// SPDX-License-Identifier: Apache-2.0
#include "sessions.h"
#include "baselines.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static EVP_MD *sha256;
static EVP_MD_CTX *context;
static struct { char partition[16], random[32]; } *tokens;

static void digest(const void *bytes, size_t count, void *out) {
    EVP_DigestInit_ex2(context, sha256, NULL);
    EVP_DigestUpdate(context, bytes, count);
    EVP_DigestFinal_ex(context, out, NULL);
}

static void make_tokens(void) {
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    context = EVP_MD_CTX_new();
    tokens = calloc(BASELINE_SESSIONS, sizeof *tokens);
    for (unsigned number = 0; number < BASELINE_SESSIONS; number++) {
        unsigned account[2] = {1, number / BASELINE_SESSIONS_OF_ONE};
        char partition[32];
        digest(account, sizeof account, partition);
        memcpy(tokens[number].partition, partition, 16);
        digest(&number, sizeof number, tokens[number].random);
    }
}

place session_place(unsigned number) {
    if (!tokens) make_tokens();
    place place;
    memcpy(place.partition, tokens[number].partition, 16);
    digest(tokens[number].random, 32, place.id);
    return place;
}

place any_session(void) {
    static unsigned state = 1;
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return session_place(state % BASELINE_SESSIONS);
}
