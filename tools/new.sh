#!/bin/sh
# new.sh - makes a program to begin with.
# SPDX-License-Identifier: BSD-3-Clause
#
# new.sh NAME[.asm]     programs/NAME.c or programs/NAME.asm
set -eu

fail() {
    echo "new: $*" >&2
    exit 1
}

in_c() {
    cat <<TEXT
/* $name.c - greets whoever is named on the command line.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <stdio.h>

int main(int argc, char **argv)
{
    printf("Hello, %s!\n", argc > 1 ? argv[1] : "world");
    return 0;
}
TEXT
}

in_assembly() {
    cat <<TEXT
; $name.asm - greets the world.
; SPDX-License-Identifier: BSD-3-Clause
%include "baremetal.inc"

program_start
        os_call write, text, text_length
        xor     eax, eax                ; exit status 0
        ret

text:   db      "Hello, world!", 10
text_length equ $ - text
TEXT
}

[ $# -eq 1 ] || fail "usage: ./build.sh new NAME or NAME.asm"
name=${1%.c}
kind=c
case $1 in
*.asm) name=${1%.asm} kind=asm ;;
esac
case $name in
'' | [!A-Za-z]* | *[!A-Za-z0-9_-]*)
    fail "'$name': a name has letters, digits, - and _, a letter first" ;;
crt) fail "'$name' is taken: every program is linked with it" ;;
esac
! grep -q "{ \"$name\"," os/commands.c ||
    fail "'$name' is a command of the prompt, which would run instead"
for other in programs/"$name".*; do
    [ ! -e "$other" ] || fail "$other is there already"
done
if [ "$kind" = c ]; then
    in_c >"programs/$name.c"
else
    in_assembly >"programs/$name.asm"
fi
echo "made programs/$name.$kind; try: ./build.sh run $name"
