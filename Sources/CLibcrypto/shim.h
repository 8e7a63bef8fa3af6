// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CLIBCRYPTO_SHIM_H
#define DOORWARD_CLIBCRYPTO_SHIM_H

#if !__has_include(<openssl/evp.h>)
#error "OpenSSL 3 headers are missing: install libssl-dev"
#endif

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <string.h>

// A digest's context costs several times the digest of a short message, so each thread keeps one for each algorithm,
// freed with the thread. What stays in it is the last digest, and of SHA-512 the last block: here never a secret's.

enum { DOORWARD_SHA1, DOORWARD_SHA256, DOORWARD_SHA512, DOORWARD_DIGESTS };

typedef struct {
    EVP_MD_CTX *contexts[DOORWARD_DIGESTS];
} doorward_digests;

static void doorward_digests_free(void *kept) {
    doorward_digests *digests = (doorward_digests *)kept;
    for (int which = 0; which < DOORWARD_DIGESTS; which++) EVP_MD_CTX_free(digests->contexts[which]);
    OPENSSL_free(digests);
}

static pthread_once_t doorward_digests_once = PTHREAD_ONCE_INIT;
static pthread_key_t doorward_digests_key = 0;
static int doorward_digests_has_key = 0;

static inline void doorward_digests_start(void) {
    doorward_digests_has_key = pthread_key_create(&doorward_digests_key, doorward_digests_free) == 0;
}

/// This thread's context for an algorithm; NULL when memory or thread keys have run out.
static inline EVP_MD_CTX *doorward_digest_context(int which) {
    pthread_once(&doorward_digests_once, doorward_digests_start);
    if (!doorward_digests_has_key) return NULL;
    doorward_digests *digests = (doorward_digests *)pthread_getspecific(doorward_digests_key);
    if (digests == NULL) {
        digests = (doorward_digests *)OPENSSL_zalloc(sizeof *digests);
        if (digests == NULL) return NULL;
        if (pthread_setspecific(doorward_digests_key, digests) != 0) {
            OPENSSL_free(digests);
            return NULL;
        }
    }
    if (digests->contexts[which] == NULL) digests->contexts[which] = EVP_MD_CTX_new();
    return digests->contexts[which];
}

/// The SHA-256 digest of a message; 1 on success.
static inline int doorward_sha256(const EVP_MD *algorithm, const void *message, size_t length, unsigned char *out) {
    EVP_MD_CTX *context = doorward_digest_context(DOORWARD_SHA256);
    if (context == NULL) return EVP_Digest(message, length, out, NULL, algorithm, NULL);
    return EVP_DigestInit_ex2(context, algorithm, NULL) == 1 && EVP_DigestUpdate(context, message, length) == 1 &&
           EVP_DigestFinal_ex(context, out, NULL) == 1;
}

/// HMAC (RFC 2104 § 2) of the digest functions, because libcrypto's own looks algorithms up by name each time; 1 on success.
static inline int doorward_hmac(int which, const EVP_MD *algorithm, const void *key, size_t key_length,
                                const void *message, size_t length, void *out) {
    unsigned char block[128] = {0}, inner[EVP_MAX_MD_SIZE];
    size_t block_size = (size_t)EVP_MD_get_block_size(algorithm), size = (size_t)EVP_MD_get_size(algorithm);
    EVP_MD_CTX *kept = doorward_digest_context(which), *context = kept != NULL ? kept : EVP_MD_CTX_new();
    int done = 0;
    if (context == NULL || block_size > sizeof block) goto end;
    if (key_length > block_size) {
        if (EVP_Digest(key, key_length, block, NULL, algorithm, NULL) != 1) goto end;
    } else if (key_length > 0) {
        memcpy(block, key, key_length);
    }
    for (size_t i = 0; i < block_size; i++) block[i] ^= 0x36;
    if (EVP_DigestInit_ex2(context, algorithm, NULL) != 1 || EVP_DigestUpdate(context, block, block_size) != 1 ||
        EVP_DigestUpdate(context, message, length) != 1 || EVP_DigestFinal_ex(context, inner, NULL) != 1) {
        goto end;
    }
    for (size_t i = 0; i < block_size; i++) block[i] ^= 0x36 ^ 0x5C;
    done = EVP_DigestInit_ex2(context, algorithm, NULL) == 1 && EVP_DigestUpdate(context, block, block_size) == 1 &&
           EVP_DigestUpdate(context, inner, size) == 1 &&
           EVP_DigestFinal_ex(context, (unsigned char *)out, NULL) == 1;
end:
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(inner, sizeof inner);
    if (kept == NULL) EVP_MD_CTX_free(context);
    return done;
}

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
