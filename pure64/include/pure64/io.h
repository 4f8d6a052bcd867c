/* io.h - port input and output.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

static inline uint8_t io_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint16_t io_in16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint32_t io_in32(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline void io_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void io_out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void io_out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

/* Reads or writes count 16-bit words; the direction flag must be clear. */
static inline void io_in16_words(uint16_t port, void *words, size_t count)
{
    __asm__ volatile("rep insw"
                     : "+D"(words), "+c"(count)
                     : "d"(port)
                     : "memory");
}

static inline void io_out16_words(uint16_t port, const void *words,
                                  size_t count)
{
    __asm__ volatile("rep outsw"
                     : "+S"(words), "+c"(count)
                     : "d"(port)
                     : "memory");
}
