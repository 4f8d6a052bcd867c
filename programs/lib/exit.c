/* exit.c - the end of a program.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "stream.h"
#include <os_interface.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS_MAX 64
#define ABORT_STATUS 134 /* as a shell counts the signal of abort */

/* Itanium C++ ABI, "DSO Object Destruction API": destructors of static
 * objects come here. */
int __cxa_atexit(void (*function)(void *), void *argument, void *object);
void *__dso_handle;

static struct {
    void (*function)(void *);
    void *argument;
} functions[FUNCTIONS_MAX];
static unsigned count;

/* Only there in programs that have streams. */
#pragma weak stream_close_all

int __cxa_atexit(void (*function)(void *), void *argument, void *object)
{
    (void)object;
    if (count == FUNCTIONS_MAX)
        return -1;
    functions[count].function = function;
    functions[count++].argument = argument;
    return 0;
}

static void call(void *function)
{
    ((void (*)(void))function)();
}

int atexit(void (*function)(void))
{
    return __cxa_atexit(call, (void *)function, 0);
}

void exit(int status)
{
    while (count) {
        count--;
        functions[count].function(functions[count].argument);
    }
    if (stream_close_all)
        stream_close_all();
    _Exit(status);
}

void _Exit(int status)
{
    os_interface->exit(status);
}

/* Nothing here needs a stream: a program without any stays small. */
static void write_text(const char *text)
{
    os_interface->write(text, strlen(text));
}

void abort(void)
{
    write_text("aborted\n");
    _Exit(ABORT_STATUS);
}
