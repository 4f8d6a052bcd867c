/* cplusplus.c - what C++ calls without being asked.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The operators new and delete, under the names that the Itanium C++ ABI,
 * "External Names", gives them. Without exceptions new has no way to say that
 * there is no memory: the program ends.
 */
#include <os_interface.h>
#include <stdio.h>
#include <stdlib.h>

void *operator_new(size_t size) __asm__("_Znwm");
void *operator_new_array(size_t size) __asm__("_Znam");
void operator_delete(void *block) __asm__("_ZdlPv");
void operator_delete_array(void *block) __asm__("_ZdaPv");
void operator_delete_size(void *block, size_t size) __asm__("_ZdlPvm");
void operator_delete_array_size(void *block, size_t size) __asm__("_ZdaPvm");
void __cxa_pure_virtual(void);

void *operator_new(size_t size)
{
    void *block = malloc(size);

    if (!block) {
        fprintf(stderr, "new: no memory for %zu bytes\n", size);
        abort();
    }
    return block;
}

void *operator_new_array(size_t size)
{
    return operator_new(size);
}

void operator_delete(void *block)
{
    free(block);
}

void operator_delete_array(void *block)
{
    free(block);
}

void operator_delete_size(void *block, size_t size)
{
    (void)size;
    free(block);
}

void operator_delete_array_size(void *block, size_t size)
{
    (void)size;
    free(block);
}

/* A call of a function that only a derived class has, while its object is
 * made or gone. */
void __cxa_pure_virtual(void)
{
    fputs("a pure virtual function was called\n", stderr);
    abort();
}
