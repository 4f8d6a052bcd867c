/* fuzz_symbol.c - libFuzzer's entry to the reading of names and lines from a
 * program file that is damaged.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "symbol.h"
#include <stdlib.h>
#include <string.h>

struct input {
    struct elf_source source;
    const uint8_t *bytes;
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static int read_input(struct elf_source *source, uint64_t offset,
                      void *buffer, size_t size)
{
    if (offset > source->size || size > source->size - offset)
        abort(); /* promised: never asked for */
    memcpy(buffer, ((struct input *)source)->bytes + offset, size);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct symbol_work work;
    struct input input = { { read_input, size }, bytes };
    struct symbol symbols[] = {
        { .address = 0x400020 }, { .address = 0x400100 }, { .address = 0 },
        { .address = UINT64_MAX },
    };

    symbol_find(&work, &input.source, symbols,
                sizeof symbols / sizeof symbols[0]);
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        if (!memchr(symbols[i].function, 0, SYMBOL_NAME) ||
            !memchr(symbols[i].file, 0, SYMBOL_FILE))
            abort();
    return 0;
}
