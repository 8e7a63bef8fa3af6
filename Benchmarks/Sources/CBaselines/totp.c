// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>

int totp_baseline(long long seconds) {
    static const unsigned char key[20] = "12345678901234567890";
    int found = 0;
    for (long long step = seconds / 30 - 1; step <= seconds / 30 + 1; step++) {
        unsigned char counter[8], mac[EVP_MAX_MD_SIZE];
        unsigned length;
        for (int i = 0; i < 8; i++) counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
        if (!HMAC(EVP_sha1(), key, sizeof key, counter, sizeof counter, mac, &length)) return -1;
        int offset = mac[19] & 15;
        unsigned code = ((mac[offset] & 0x7Fu) << 24 | mac[offset + 1] << 16 | mac[offset + 2] << 8 | mac[offset + 3])
            % 1000000;
        unsigned wrong = 0;
        found |= CRYPTO_memcmp(&code, &wrong, sizeof code) == 0;
    }
    return found;
}
