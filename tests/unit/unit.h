/* SPDX-License-Identifier: ISC */
/*
 * cmocka with what it needs, for every unit test; its fail() gives way to the one of
 * base/strbuf.h.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#undef fail

#endif
