/* args.c - prints the words it was started with, one a line.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <stdio.h>

int main(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        puts(argv[i]);
    return 0;
}
