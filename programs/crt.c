/* crt.c - what every native program is linked with.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Here are the address the program is linked at, the note that makes an ELF
 * file a BareMetal program and says which program interface it needs, and the
 * function that the system calls.
 */
#include <baremetal.h>
#include <pure64/layout.h>
#include <stdlib.h>

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

typedef void constructor(void);

/* program.ld puts these around the table of constructors. */
extern constructor *const program_constructors[];
extern constructor *const program_constructors_end[];

/* It may have less: a C function does not miss an argument it has no name
 * for (System V AMD64 ABI, "Parameter Passing"). */
int main(int argc, char **argv, const struct baremetal *os);
void program_start(int argc, char **argv, const struct baremetal *os)
    __attribute__((noreturn));

void program_start(int argc, char **argv, const struct baremetal *os)
{
    for (constructor *const *function = program_constructors;
         function != program_constructors_end; function++)
        (*function)();
    exit(main(argc, argv, os));
}
