; contract.asm - test kernel: its entry, and where the other CPUs are taken to.
; SPDX-License-Identifier: BSD-3-Clause
;
; Who jumps here: the loader, at 0x100000, in 64-bit mode, interrupts off. Keeps
; the registers as they came for contract.c, takes the stack the contract gives
; a kernel, and goes to C.
bits 64
default rel

extern contract_main, contract_cpu

KERNEL_STACK   equ 0x10000      ; runs down to 0xC000
CPU_STACKS     equ 0x300000     ; one 4 KiB page each, in the kernel's own RAM
CPU_STACK_SIZE equ 4096

; Each register's value to the next eight bytes of `state`.
%macro KEEP 1-*
%rep %0
    mov [state + kept], %1
%assign kept kept + 8
%rotate 1
%endrep
%endmacro

section .text.start exec
global start
start:
%assign kept 0
    KEEP rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp
    KEEP r8, r9, r10, r11, r12, r13, r14, r15
    pushfq                      ; proves the stack, too
    pop rax
    KEEP rax
%macro KEEP_SEGMENTS 1-*
%rep %0
    mov eax, %1
    mov [state + kept], rax
%assign kept kept + 8
%rotate 1
%endrep
%endmacro
    KEEP_SEGMENTS cs, ds, es, ss, fs, gs
    mov esp, KERNEL_STACK
    lea rdi, [state]
    call contract_main
.halt:
    cli
    hlt
    jmp .halt

section .text exec
; Interrupt 0x81 on another CPU: back to `taken` instead of where it waited.
global contract_take
contract_take:
    push rax
    lea rax, [taken]
    mov [rsp + 8], rax
    pop rax
    iretq

; void contract_cpu(uint32_t index, uint64_t waiting_stack), on a stack of ours.
taken:
    cli
    mov rsi, rsp
    mov edi, 1
    lock xadd [contract_taken], edi
    lea eax, [rdi + 1]
    imul eax, eax, CPU_STACK_SIZE
    lea rsp, [rax + CPU_STACKS]
    call contract_cpu
    lock inc dword [contract_recorded]
.halt:
    cli
    hlt
    jmp .halt

; Timer interrupt by the first 8259, clock interrupt by the second.
global contract_irq0, contract_irq8
contract_irq0:
    inc dword [contract_irq0_count]
    push rax
    jmp irq_end
contract_irq8:
    inc dword [contract_irq8_count]
    push rax
    mov al, 0x20                ; end of interrupt
    out 0xA0, al
irq_end:
    mov al, 0x20
    out 0x20, al
    pop rax
    iretq

; uint64_t contract_xcr0(void);
global contract_xcr0
contract_xcr0:
    xor ecx, ecx
    xgetbv
    shl rdx, 32
    or rax, rdx
    ret

; uint64_t contract_sse(uint64_t value); the same value, through XMM0.
global contract_sse
contract_sse:
    movq xmm0, rdi
    paddq xmm0, xmm0
    psrlq xmm0, 1
    movq rax, xmm0
    ret

; uint64_t contract_avx(uint64_t value); the same value, through YMM1.
global contract_avx
contract_avx:
    vmovq xmm0, rdi
    vinsertf128 ymm1, ymm1, xmm0, 1
    vextractf128 xmm0, ymm1, 1
    vmovq rax, xmm0
    vzeroupper
    ret

section .data
align 8
state: times 23 dq 0
global contract_taken, contract_recorded
contract_taken: dd 0
contract_recorded: dd 0
global contract_irq0_count, contract_irq8_count
contract_irq0_count: dd 0
contract_irq8_count: dd 0
