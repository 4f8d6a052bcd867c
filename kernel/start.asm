; start.asm - the first bytes of the kernel: jump, signature, call table, entry.
; SPDX-License-Identifier: BSD-3-Clause
;
; Entered by a jump to the first byte, in 64-bit mode with interrupts off, in
; the state pure64 leaves (every general register 0 but RSP, direction flag
; clear, memory at its own address). Never returns.
BITS 64

%include "layout.inc"
%include "baremetal.inc"

global head
; Numbers for kernel.ld, which cannot read a header.
global kernel_image, kernel_image_size, kernel_low_end, kernel_interface
kernel_image equ LAYOUT_KERNEL
kernel_image_size equ LAYOUT_KERNEL_SIZE
kernel_low_end equ LAYOUT_KERNEL_LOW + LAYOUT_KERNEL_LOW_SIZE
kernel_interface equ BAREMETAL_INTERFACE

extern kernel_main, kernel_bss, kernel_bss_end
extern b_input, b_output, b_net_tx, b_net_rx
extern b_nvs_read, b_nvs_write, b_system, b_user

section .head progbits alloc exec nowrite align=16
head:
    jmp short .far
    nop
    db "BAREMETAL"
    align 16, db 0
    dq b_input, b_output, b_net_tx, b_net_rx
    dq b_nvs_read, b_nvs_write, b_system, b_user
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
