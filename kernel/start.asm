; start.asm - the first bytes of the kernel: jump, signature, call table, entry.
; SPDX-License-Identifier: BSD-3-Clause
;
; Entered by a jump to the first byte, in 64-bit mode with interrupts off, in
; the state pure64 leaves (every general register 0 but RSP, direction flag
; clear, memory at its own address). Never returns.
BITS 64

%include "layout.inc"

global head
; Numbers for kernel.ld, which cannot read a header.
global kernel_image, kernel_image_size, kernel_low_end
kernel_image equ LAYOUT_KERNEL
kernel_image_size equ LAYOUT_KERNEL_SIZE
kernel_low_end equ LAYOUT_KERNEL_LOW + LAYOUT_KERNEL_LOW_SIZE

extern kernel_main, kernel_bss, kernel_bss_end

section .head progbits alloc exec nowrite align=16
head:
    jmp short .far
    nop
    db "BAREMETAL"
    align 16, db 0
    times 8 dq 0                ; call table: os fills it in
.far:                           ; a short jump reaches no further
    jmp near start

section .text progbits alloc exec nowrite align=1
start:
    ; The system's stack ends where the kernel's variables begin.
    mov edi, kernel_bss
    mov esp, edi
    mov ecx, kernel_bss_end
    sub ecx, edi
    xor eax, eax
    rep stosb
    call kernel_main
