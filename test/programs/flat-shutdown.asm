; flat-shutdown.asm - a flat program: SHUTDOWN.
; SPDX-License-Identifier: BSD-3-Clause

%define name "flat-shutdown"
own_bytes equ 8
%include "flat.inc"

main:
        say     {"bye", 10}
        system  SHUTDOWN
        stc
        expect  nc, "SHUTDOWN came back"
        ret
        flat_end
