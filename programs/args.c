/* args.c - prints the words it was started with, one a line.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

static size_t length(const char *text)
{
    size_t count = 0;

    while (text[count])
        count++;
    return count;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    for (int i = 0; i < argc; i++) {
        os->write(argv[i], length(argv[i]));
        os->write("\n", 1);
    }
    return 0;
}
