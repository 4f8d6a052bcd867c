/* console_line.c - lines typed at the console, for stdin.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Keys are shown as they are typed; Backspace takes the last one back. A
 * program that wants keys one by one asks the system: os->key_wait. So do these
 * for the bytes of a file that `<` names.
 */
#include "stream.h"
#include <os_interface.h>

#define KEY_CTRL_D 4
#define KEY_BACKSPACE 8
#define KEY_TAB 9
#define KEY_ENTER 10

static void show(char c)
{
    os_interface->write(&c, 1);
}

/* UTF-8: the bytes of a character behind its first one. */
static int is_continuation(char c)
{
    return (c & 0xC0) == 0x80;
}

static size_t take_back(const char *line, size_t length)
{
    while (length && is_continuation(line[length - 1]))
        length--;
    if (length) {
        length--;
        show(BAREMETAL_ERASE);
    }
    return length;
}

static int is_file(void)
{
    struct baremetal_system info;

    os_interface->system_info(&info, sizeof info);
    return info.from_file;
}

/* Not shown; what does not fit comes with the next call, and the last line may
 * have no end. Behind it there is Ctrl-D for ever. */
static size_t read_file_line(char *line, size_t size)
{
    size_t length = 0;
    int key = 0;

    while (length < size && key != KEY_ENTER &&
           (key = os_interface->key_wait()) != KEY_CTRL_D)
        line[length++] = (char)key;
    return length;
}

static size_t read_typed_line(char *line, size_t size)
{
    size_t length = 0;

    for (;;) {
        int key = os_interface->key_wait();

        if (key == KEY_ENTER) {
            show('\n');
            line[length++] = '\n';
            return length;
        }
        if (key == KEY_CTRL_D && !length)
            return 0;
        if (key == KEY_BACKSPACE)
            length = take_back(line, length);
        else if ((key >= ' ' && key <= 0xFF) || key == KEY_TAB) {
            if (length + 1 == size) /* room for the line's end */
                continue;
            line[length++] = (char)key;
            show((char)key);
        }
    }
}

size_t console_read_line(char *line, size_t size)
{
    return is_file() ? read_file_line(line, size)
                     : read_typed_line(line, size);
}
