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
