/* crt.c - what every native program is linked with.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * There is no start-up code: the system calls main. Here are the address the
 * program is linked at, the note that makes an ELF file a BareMetal program,
 * and the four functions that compilers call without being asked.
 */
#include <baremetal.h>
#include <pure64/layout.h>

#define TEXT_OF(name) #name
#define TEXT(macro) TEXT_OF(macro)

/* For program.ld. */
__asm__(".globl program_base\n"
        ".set program_base, " TEXT(LAYOUT_PROGRAM_ELF));

/* System V ABI, "Note Section": sizes, type, then name and descriptor, each
 * padded to 4 bytes. */
static const struct {
    uint32_t name_size, descriptor_size, type;
    char name[(sizeof BAREMETAL_NOTE_NAME + 3) / 4 * 4];
    uint32_t version;
} note __attribute__((used, section(".note.baremetal"), aligned(4))) = {
    sizeof BAREMETAL_NOTE_NAME, sizeof note.version, BAREMETAL_NOTE_TYPE,
    BAREMETAL_NOTE_NAME, BAREMETAL_VERSION,
};

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* String instructions, because a compiler may turn a plain loop here into a
 * call of the very function it is in. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *d = to;

    __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(size)
                     : : "memory");
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *d = to;

    __asm__ volatile("rep stosb" : "+D"(d), "+c"(size) : "a"(value)
                     : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    volatile char *d = to;
    const volatile char *s = from;

    /* Forwards is right unless `to` lies inside the source. */
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    while (size-- > 0)
        d[size] = s[size];
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;

    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}
