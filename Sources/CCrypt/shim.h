// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CCRYPT_SHIM_H
#define DOORWARD_CCRYPT_SHIM_H

#if !__has_include(<crypt.h>)
#error "libxcrypt headers are missing: install libcrypt-dev"
#endif

#include <crypt.h>

#endif
