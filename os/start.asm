; start.asm - the head of the os binary: how the kernel finds its way in.
; SPDX-License-Identifier: BSD-3-Clause
;
; Data only: the kernel checks it and calls os_main (main.c) in 64-bit mode.
; It is struct os_head of kernel/services.h; the first field, the magic, is
; in main.c, which also asserts that the fields stand as they do here.
BITS 64

%include "layout.inc"
%include "baremetal.inc"

; Numbers for os.ld, which cannot read a header.
global os_image, os_image_end, os_interface
os_image equ LAYOUT_OS
os_interface equ BAREMETAL_INTERFACE
os_image_end equ LAYOUT_OS + LAYOUT_OS_SIZE

extern os_main, os_memory_size, os_read_only_size, os_calls, os_start
extern os_reset, console_leave, input_take_ctrl_c
extern interrupts_dispatch, debug_exception, callback_check, fault_panic
extern work_next, work_done

section .head progbits alloc noexec nowrite align=4
    dd os_memory_size
    dq os_main
    dq os_read_only_size
    dq os_calls, os_start
    dq console_leave, input_take_ctrl_c
    dq interrupts_dispatch, debug_exception, callback_check, fault_panic
    dq work_next, work_done, os_reset
