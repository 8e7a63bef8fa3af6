// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CARGON2_SHIM_H
#define DOORWARD_CARGON2_SHIM_H

#if !__has_include(<argon2.h>)
#error "libargon2 headers are missing: install libargon2-dev"
#endif

#include <argon2.h>

#endif
