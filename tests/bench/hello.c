/* SPDX-License-Identifier: ISC */
/* What the start of svcreq is measured against: a program that does next to nothing. */
#include <stdio.h>

int
main(void)
{
	return puts("hello, world") < 0;
}
