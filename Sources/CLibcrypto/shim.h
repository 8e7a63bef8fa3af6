// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CLIBCRYPTO_SHIM_H
#define DOORWARD_CLIBCRYPTO_SHIM_H

#if !__has_include(<openssl/evp.h>)
#error "OpenSSL 3 headers are missing: install libssl-dev"
#endif

// See below, at the digests.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/sha.h>

// Digests by the functions that work in the caller's memory. OpenSSL 3 would rather see its EVP interface used, whose
// contexts cost twice to ten times the digest of a short message: every session check digests two, every one-time
// password six. So digests and HMAC do not go through a provider such as FIPS's, and an OpenSSL without its deprecated
// functions will not do.

/// Overwrites what nobody is to read again.
static inline void doorward_wipe_memory(void *bytes, size_t count) {
    if (count == 0) return;
    __builtin_memset(bytes, 0, count);
    // The compiler cannot tell that nobody reads the zeros.
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

/// A hash function of FIPS 180-4, and HMAC (RFC 2104 § 2) with it. Each returns 1 on success.
#define DOORWARD_DIGEST(NAME, PREFIX, STATE, BLOCK, SIZE)                                                              \
    static inline int doorward_##NAME(const void *message, size_t length, void *out) {                                 \
        STATE state;                                                                                                   \
        int done = PREFIX##_Init(&state) == 1 && PREFIX##_Update(&state, message, length) == 1 &&                      \
                   PREFIX##_Final((unsigned char *)out, &state) == 1;                                                  \
        doorward_wipe_memory(&state, sizeof state);                                                                    \
        return done;                                                                                                   \
    }                                                                                                                  \
                                                                                                                       \
    static inline int doorward_hmac_##NAME(                                                                            \
        const void *key, size_t key_length, const void *message, size_t length, void *out) {                           \
        STATE state;                                                                                                   \
        unsigned char block[BLOCK] = {0}, inner[SIZE];                                                                 \
        int done = 1;                                                                                                  \
        if (key_length > BLOCK) {                                                                                      \
            done = doorward_##NAME(key, key_length, block);                                                            \
        } else if (key_length > 0) {                                                                                   \
            __builtin_memcpy(block, key, key_length);                                                                  \
        }                                                                                                              \
        for (int i = 0; i < BLOCK; i++) block[i] ^= 0x36;                                                              \
        done = done && PREFIX##_Init(&state) == 1 && PREFIX##_Update(&state, block, BLOCK) == 1 &&                     \
               PREFIX##_Update(&state, message, length) == 1 && PREFIX##_Final(inner, &state) == 1;                    \
        for (int i = 0; i < BLOCK; i++) block[i] ^= 0x36 ^ 0x5C;                                                       \
        done = done && PREFIX##_Init(&state) == 1 && PREFIX##_Update(&state, block, BLOCK) == 1 &&                     \
               PREFIX##_Update(&state, inner, SIZE) == 1 &&                                                            \
               PREFIX##_Final((unsigned char *)out, &state) == 1;                                                      \
        doorward_wipe_memory(&state, sizeof state);                                                                    \
        doorward_wipe_memory(block, sizeof block);                                                                     \
        doorward_wipe_memory(inner, sizeof inner);                                                                     \
        return done;                                                                                                   \
    }

DOORWARD_DIGEST(sha1, SHA1, SHA_CTX, 64, 20)
DOORWARD_DIGEST(sha256, SHA256, SHA256_CTX, 64, 32)
DOORWARD_DIGEST(sha512, SHA512, SHA512_CTX, 128, 64)

#undef DOORWARD_DIGEST

// OSSL_PARAM lists hold pointers into each other, which Swift cannot keep alive across calls; so they are built here.

/// HKDF (RFC 5869), extract then expand; 1 on success.
static inline int doorward_hkdf(EVP_KDF *kdf, const char *digest, const void *key, size_t key_length, const void *salt,
                                size_t salt_length, const void *info, size_t info_length, void *out, size_t length) {
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    if (context == NULL) return 0;
    OSSL_PARAM params[5], *next = params;
    *next++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest, 0);
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_length);
    if (salt_length > 0) *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_length);
    if (info_length > 0) *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_length);
    *next = OSSL_PARAM_construct_end();
    int result = EVP_KDF_derive(context, (unsigned char *)out, length, params);
    EVP_KDF_CTX_free(context);
    return result;
}

#endif
