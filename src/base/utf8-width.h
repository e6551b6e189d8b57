/* SPDX-License-Identifier: ISC */
/* The columns of single characters, by the tables of Unicode; utf8_columns() is built on it. */
#ifndef BASE_UTF8_WIDTH_H
#define BASE_UTF8_WIDTH_H

#include <stddef.h>

/* 2: East Asian wide and full-width characters; 0: combining and format characters; else 1. */
size_t utf8_width(unsigned long code_point);

#endif
