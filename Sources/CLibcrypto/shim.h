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

// A digest's context costs several times the digest of a short message, so each thread keeps one, freed with the thread.
// What stays in it is the last digest, not the message: for SHA-256, whose last block libcrypto wipes.

static void doorward_digest_free(void *context) { EVP_MD_CTX_free((EVP_MD_CTX *)context); }

static pthread_once_t doorward_digest_once = PTHREAD_ONCE_INIT;
static pthread_key_t doorward_digest_key = 0;
static int doorward_digest_has_key = 0;

static inline void doorward_digest_start(void) {
    doorward_digest_has_key = pthread_key_create(&doorward_digest_key, doorward_digest_free) == 0;
}

/// The SHA-256 digest of a message; 1 on success.
static inline int doorward_digest(const EVP_MD *algorithm, const void *message, size_t length, unsigned char *out) {
    pthread_once(&doorward_digest_once, doorward_digest_start);
    if (!doorward_digest_has_key) return EVP_Digest(message, length, out, NULL, algorithm, NULL);
    EVP_MD_CTX *context = (EVP_MD_CTX *)pthread_getspecific(doorward_digest_key);
    if (context == NULL) {
        context = EVP_MD_CTX_new();
        if (context == NULL) return 0;
        if (pthread_setspecific(doorward_digest_key, context) != 0) {
            EVP_MD_CTX_free(context);
            return 0;
        }
    }
    return EVP_DigestInit_ex2(context, algorithm, NULL) == 1 && EVP_DigestUpdate(context, message, length) == 1 &&
           EVP_DigestFinal_ex(context, out, NULL) == 1;
}

// OSSL_PARAM lists hold pointers into each other, which Swift cannot keep alive across calls; so both are built here.

/// Starts an HMAC with the named digest; NULL on failure. The caller frees the context.
static inline EVP_MAC_CTX *doorward_hmac_begin(EVP_MAC *mac, const char *digest, const void *key, size_t key_length) {
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    if (context == NULL) return NULL;
    OSSL_PARAM params[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0), OSSL_PARAM_construct_end()};
    // A NULL key means "keep the old one", so an empty key is passed as a pointer to nothing.
    if (EVP_MAC_init(context, key != NULL ? (const unsigned char *)key : (const unsigned char *)"", key_length, params) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

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
