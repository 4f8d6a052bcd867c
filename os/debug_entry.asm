; debug_entry.asm - calls that show registers as they are.
; SPDX-License-Identifier: BSD-3-Clause
;
; In 64-bit mode on any CPU. Called by programs, on their stack, interrupts on
; or off; every register and flag is kept. They make what an interrupt leaves
; (struct interrupt_frame) and end as one does.
BITS 64

extern debug_show_registers ; void debug_show_registers(struct interrupt_frame *)
extern debug_show_break     ; void debug_show_break(struct interrupt_frame *)
extern debug_show_backtrace ; void debug_show_backtrace(struct interrupt_frame *)

; void debug_registers(void); void debug_backtrace(void); void debug_break(void)
global debug_registers, debug_backtrace, debug_break
global debug_break_entry    ; debug.c makes an exception return to it

%macro push_registers 0
    push r15
    push r14
    push r13
    push r12
    push r11
    push r10
    push r9
    push r8
    push rbp
    push rdi
    push rsi
    push rdx
    push rcx
    push rbx
    push rax
%endmacro

%macro pop_registers 0
    pop rax
    pop rbx
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    pop rbp
    pop r8
    pop r9
    pop r10
    pop r11
    pop r12
    pop r13
    pop r14
    pop r15
%endmacro

section .text progbits alloc exec nowrite align=1
debug_registers:
    pushfq
    push rax
    mov eax, debug_show_registers
    jmp show

debug_backtrace:
    pushfq
    push rax
    mov eax, debug_show_backtrace

; EAX: what to call. On the stack: RAX, RFLAGS, where to return to.
show:
    push 0x10               ; SS; selectors as in CPU_DATA, CPU_CODE of cpu.h
    push rax                ; makes room: RSP as it will be
    push qword [rsp + 24]   ; RFLAGS
    push 0x08               ; CS
    push qword [rsp + 48]   ; RIP
    push 0                  ; error code
    push rax                ; for now instead of a vector
    lea rax, [rsp + 80]
    mov [rsp + 40], rax     ; RSP
    mov rax, [rsp + 56]     ; RAX again
shown:
    push_registers
    mov rbx, rsp
    mov rdi, rsp
    mov eax, [rsp + 15 * 8]
    and rsp, -16
    cld
    call rax
    mov rsp, rbx
    pop_registers
    add rsp, 16
    iretq

debug_break:
    int3
    ret

; On the stack what IRETQ takes, to go on behind the breakpoint.
debug_break_entry:
    push 0                  ; error code
    push debug_show_break   ; for now instead of a vector
    jmp shown
