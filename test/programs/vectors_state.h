/* vectors_state.h - all registers that a program has, filled and read back.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * For vectors.c alone: it defines the functions it declares.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* What of a state the assembly knows. */
#define STATE_GENERAL 128
#define STATE_COMPONENTS 248
#define STATE_VECTORS 256

#define MXCSR_DEFAULT 0x1F80

/* In the order of the frame of an interrupt, without RSP. */
enum general {
    RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15,
    GENERALS
};

#define CALLEE_SAVED (1u << RBX | 1u << RBP | 0xFu << R12)
#define ALL_GENERALS ((1u << GENERALS) - 1)

struct state {
    uint64_t red_zone[16];
    uint64_t general[GENERALS];
    uint64_t components;    /* what XSAVE takes; 0: no XSAVE, but FXSAVE */
    uint8_t vectors[3840];  /* XSAVE area, standard format */
} __attribute__((aligned(64)));

_Static_assert(offsetof(struct state, general) == STATE_GENERAL, "general");
_Static_assert(offsetof(struct state, components) == STATE_COMPONENTS,
               "components");
_Static_assert(offsetof(struct state, vectors) == STATE_VECTORS, "vectors");

/* Both functions fill all registers with those of `want`, and write what
 * became of them to `found`, whose components must be set. */

/* Counts `spins` down to 0 from spin_begin to spin_end, where nothing else
 * happens but interrupts. */
void state_spin(const struct state *want, struct state *found,
                uint64_t spins);
/* Calls that function, its arguments being among the registers. */
void state_call(const struct state *want, struct state *found,
                void (*function)(void));
extern const char spin_begin[], spin_end[];

#define TEXT_OF(number) #number
#define TEXT(macro) TEXT_OF(macro)
#define GENERAL(index) TEXT(STATE_GENERAL) "+8*" #index

__asm__(
    ".pushsection .text\n"
    /* Leaves `found` at (%rsp), the third argument behind it, and a red zone
     * below; RSP is a multiple of 16. */
    ".macro state_load\n"
    "    push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n"
    "    push %r15\n"
    "    sub $24, %rsp\n"
    "    mov %rsi, (%rsp)\n"
    "    mov %rdx, 8(%rsp)\n"
    "    .set red_word, 0\n"
    "    .rept 16\n"
    "    mov red_word(%rdi), %rax\n"
    "    mov %rax, red_word-128(%rsp)\n"
    "    .set red_word, red_word+8\n"
    "    .endr\n"
    "    mov " TEXT(STATE_COMPONENTS) "(%rdi), %eax\n"
    "    xor %edx, %edx\n"
    "    test %eax, %eax\n"
    "    jz 1f\n"
    "    xrstor64 " TEXT(STATE_VECTORS) "(%rdi)\n"
    "    jmp 2f\n"
    "1:  fxrstor64 " TEXT(STATE_VECTORS) "(%rdi)\n"
    "2:  mov " GENERAL(0) "(%rdi), %rax\n"
    "    mov " GENERAL(1) "(%rdi), %rbx\n mov " GENERAL(2) "(%rdi), %rcx\n"
    "    mov " GENERAL(3) "(%rdi), %rdx\n mov " GENERAL(4) "(%rdi), %rsi\n"
    "    mov " GENERAL(6) "(%rdi), %rbp\n mov " GENERAL(7) "(%rdi), %r8\n"
    "    mov " GENERAL(8) "(%rdi), %r9\n mov " GENERAL(9) "(%rdi), %r10\n"
    "    mov " GENERAL(10) "(%rdi), %r11\n mov " GENERAL(11) "(%rdi), %r12\n"
    "    mov " GENERAL(12) "(%rdi), %r13\n mov " GENERAL(13) "(%rdi), %r14\n"
    "    mov " GENERAL(14) "(%rdi), %r15\n mov " GENERAL(5) "(%rdi), %rdi\n"
    ".endm\n"
    /* Returns, with x87 and MXCSR as C code expects them. */
    ".macro state_store\n"
    "    xchg %rax, (%rsp)\n"
    "    mov %rbx, " GENERAL(1) "(%rax)\n mov %rcx, " GENERAL(2) "(%rax)\n"
    "    mov %rdx, " GENERAL(3) "(%rax)\n mov %rsi, " GENERAL(4) "(%rax)\n"
    "    mov %rdi, " GENERAL(5) "(%rax)\n mov %rbp, " GENERAL(6) "(%rax)\n"
    "    mov %r8, " GENERAL(7) "(%rax)\n mov %r9, " GENERAL(8) "(%rax)\n"
    "    mov %r10, " GENERAL(9) "(%rax)\n mov %r11, " GENERAL(10) "(%rax)\n"
    "    mov %r12, " GENERAL(11) "(%rax)\n mov %r13, " GENERAL(12) "(%rax)\n"
    "    mov %r14, " GENERAL(13) "(%rax)\n mov %r15, " GENERAL(14) "(%rax)\n"
    "    mov %rax, %rdi\n"
    "    mov (%rsp), %rax\n"
    "    mov %rax, " GENERAL(0) "(%rdi)\n"
    "    .set red_word, 0\n"
    "    .rept 16\n"
    "    mov red_word-128(%rsp), %rax\n"
    "    mov %rax, red_word(%rdi)\n"
    "    .set red_word, red_word+8\n"
    "    .endr\n"
    "    mov " TEXT(STATE_COMPONENTS) "(%rdi), %eax\n"
    "    xor %edx, %edx\n"
    "    test %eax, %eax\n"
    "    jz 1f\n"
    "    xsave64 " TEXT(STATE_VECTORS) "(%rdi)\n"
    "    jmp 2f\n"
    "1:  fxsave64 " TEXT(STATE_VECTORS) "(%rdi)\n"
    "2:  fninit\n"
    "    movl $" TEXT(MXCSR_DEFAULT) ", (%rsp)\n"
    "    ldmxcsr (%rsp)\n"
    "    add $24, %rsp\n"
    "    pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
    "    ret\n"
    ".endm\n"
    ".globl state_spin, state_call, spin_begin, spin_end\n"
    "state_spin:\n"
    "    state_load\n"
    "spin_begin:\n"
    "    decq 8(%rsp)\n"
    "    jnz spin_begin\n"
    "spin_end:\n"
    "    state_store\n"
    "state_call:\n"
    "    state_load\n"
    "    call *8(%rsp)\n"
    "    state_store\n"
    ".popsection\n");
