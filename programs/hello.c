/* hello.c - the smallest program in C: a main, and the library's functions.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <stdio.h>

int main(void)
{
    puts("Hello, world!");
    return 0;
}
