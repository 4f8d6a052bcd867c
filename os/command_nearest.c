/* command_nearest.c - what may have been meant by a name that nothing has.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "text.h"
#include <pure64/string.h>

/* Damerau's distance, by the row. */
unsigned command_distance(const char *a, const char *b)
{
    uint8_t rows[3][COMMAND_DISTANCE_NAME + 1];
    size_t length_a = strlen(a), length_b = strlen(b);
    uint8_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;

    if (length_a > COMMAND_DISTANCE_NAME || length_b > COMMAND_DISTANCE_NAME)
        return COMMAND_DISTANCE_MAX + 1;
    for (size_t j = 0; j <= length_b; j++)
        before[j] = last[j] = (uint8_t)j;
    for (size_t i = 1; i <= length_a; i++) {
        char c = text_small(a[i - 1]);

        row[0] = (uint8_t)i;
        for (size_t j = 1; j <= length_b; j++) {
            char d = text_small(b[j - 1]);
            uint8_t least = (uint8_t)(last[j - 1] + (c != d));

            if (least > last[j] + 1)
                least = (uint8_t)(last[j] + 1);
            if (least > row[j - 1] + 1)
                least = (uint8_t)(row[j - 1] + 1);
            if (i > 1 && j > 1 && c == text_small(b[j - 2]) &&
                text_small(a[i - 2]) == d && least > before[j - 2] + 1)
                least = (uint8_t)(before[j - 2] + 1);
            row[j] = least;
        }
        spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[length_b];
}

const struct command *command_nearest(const char *name)
{
    const struct command *nearest = 0;
    unsigned least = COMMAND_DISTANCE_MAX + 1;

    const struct command *command;

    for (unsigned i = 0; (command = command_number(i)); i++) {
        unsigned steps = command_distance(name, command->name);

        /* Of a short word, not every letter may differ. */
        if (steps < least && steps < strlen(command->name)) {
            least = steps;
            nearest = command;
        }
    }
    return nearest;
}
