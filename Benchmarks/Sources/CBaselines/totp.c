// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <stdint.h>

static const unsigned char key[20] = "12345678901234567890";

/// HMAC by a context that is kept, keyed once and begun anew for each step.
static int by_kept_context(const unsigned char *counter, int is_first, unsigned char *mac) {
    static EVP_MAC_CTX *context;
    if (!context) context = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
    OSSL_PARAM sha1[] = {OSSL_PARAM_construct_utf8_string("digest", (char *)"SHA1", 0), OSSL_PARAM_construct_end()};
    size_t length;
    return EVP_MAC_init(context, is_first ? key : NULL, is_first ? sizeof key : 0, is_first ? sha1 : NULL)
        && EVP_MAC_update(context, counter, 8) && EVP_MAC_final(context, mac, &length, EVP_MAX_MD_SIZE);
}

int totp_baseline(long long seconds, int keeps_context) {
    int found = 0;
    for (long long step = seconds / 30 - 1; step <= seconds / 30 + 1; step++) {
        unsigned char counter[8], mac[EVP_MAX_MD_SIZE];
        unsigned length;
        for (int i = 0; i < 8; i++) counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
        if (keeps_context ? !by_kept_context(counter, step == seconds / 30 - 1, mac)
                          : !HMAC(EVP_sha1(), key, sizeof key, counter, sizeof counter, mac, &length)) {
            return -1;
        }
        int offset = mac[19] & 15;
        unsigned code = ((mac[offset] & 0x7Fu) << 24 | mac[offset + 1] << 16 | mac[offset + 2] << 8 | mac[offset + 3])
            % 1000000;
        unsigned wrong = 0;
        found |= CRYPTO_memcmp(&code, &wrong, sizeof code) == 0;
    }
    return found;
}
