/* keys.c - shows what each key gives a program, one at a time.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * key_wait returns a byte of text (UTF-8: what is beyond ASCII comes as
 * several), a control code, or a number of enum baremetal_key. A keyboard and
 * a terminal at COM1 are alike to a program. Escape ends it.
 */
#include <baremetal.h>
#include <ctype.h>
#include <stdio.h>

#define KEY_ESCAPE 27

/* From BAREMETAL_KEY_UP on. */
static const char *const names[] = {
    "Up",  "Down",   "Left",    "Right",     "Home",
    "End", "Delete", "Page Up", "Page Down", "Insert",
};

static const char *name_of(int key)
{
    switch (key) {
    case 8: return "Backspace";
    case 9: return "Tab";
    case 10: return "Enter";
    case ' ': return "Space";
    case KEY_ESCAPE: return "Escape";
    }
    if (key >= BAREMETAL_KEY_UP &&
        key - BAREMETAL_KEY_UP < (int)(sizeof names / sizeof names[0]))
        return names[key - BAREMETAL_KEY_UP];
    return 0;
}

static void show(int key)
{
    const char *name = name_of(key);

    printf("%5d  0x%03X  ", key, key);
    if (name)
        printf("%s\n", name);
    else if (isgraph(key))
        printf("%c\n", key);
    else if (key > 0 && key < ' ')
        printf("Ctrl-%c\n", key + 'A' - 1);
    else
        printf("part of a character\n");
}

int main(int argc, char **argv, const struct baremetal *os)
{
    int key;

    (void)argc;
    (void)argv;
    puts("Type some keys; Escape ends.");
    do {
        key = os->key_wait();
        show(key);
    } while (key != KEY_ESCAPE);
    return 0;
}
