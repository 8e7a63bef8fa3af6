// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"
#include <argon2.h>
#include <string.h>

int argon2_baseline(unsigned memory, unsigned passes, unsigned lanes) {
    unsigned char tag[32], salt[16] = {1}, password[] = "correct horse battery staple";
    argon2_context context;
    memset(&context, 0, sizeof context);
    context.out = tag, context.outlen = sizeof tag;
    context.pwd = password, context.pwdlen = sizeof password - 1;
    context.salt = salt, context.saltlen = sizeof salt;
    context.m_cost = memory, context.t_cost = passes, context.lanes = lanes, context.threads = 1;
    context.version = ARGON2_VERSION_13;
    return argon2_ctx(&context, Argon2_id);
}
