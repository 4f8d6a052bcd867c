#!/bin/sh
# explain.sh - shows a crash report with the lines of source it is about.
# SPDX-License-Identifier: BSD-3-Clause
#
# explain.sh BUILD FOLDER FILE [PROGRAM.app]: BUILD is where things were built,
# FOLDER where FILE and PROGRAM are looked for, too. Called by build.sh, in
# the root. FILE may also be the log of a terminal. Programs in C are ELF files
# with line tables, flat ones have NASM's listing beside them.
set -eu

build=$1
folder=$2
shift 2

fail() {
    echo "explain: $*" >&2
    exit 1
}

warn() {
    echo "explain: $*" >&2
}

# Prints the path of the file that $1 names.
find_file() {
    for path in "$1" "$folder/$1"; do
        if [ -f "$path" ]; then
            echo "$path"
            return
        fi
    done
    fail "$1: no such file"
}

# The program the report names, from its head or the exception's line.
find_name() {
    sed -n -e 's/\r$//' -e 's/^program: //p' \
        -e 's/^Exception .*, in program //p' "$1" | head -n 1
}

# Prints where the program of that name was built.
find_program() {
    name=$(basename "$1" | tr 'A-Z\\' 'a-z/')
    name=$(basename "$name" .app)
    for path in "$build/programs/$name.app" "$build/test/programs/$name.app"; do
        if [ -f "$path" ]; then
            echo "$path"
            return
        fi
    done
    fail "there is no $build/programs/$name.app: build it, or name the file"
}

# The end of a gzip file is the CRC-32 of what is in it.
crc32() {
    gzip -1 -c "$1" | tail -c 8 | od -An -tx4 -N4 | tr -d ' '
}

check_build() {
    wanted=$(sed -n 's/^file: \([0-9]*\) bytes, CRC-32 \([0-9a-f]*\).*/\1 \2/p' \
        "$report" | head -n 1)
    [ -n "$wanted" ] || return 0
    [ "$wanted" = "$(wc -c <"$program" | tr -d ' ') $(crc32 "$program")" ] ||
        warn "$program is not the file that crashed: lines may be wrong"
}

# The line $2 of the file $1, without its indentation; nothing if it is "?".
source_line() {
    case $2 in
    '' | *[!0-9]*) return ;;
    esac
    [ ! -f "$1" ] || sed -n "$2{s/^[[:space:]]*//;p;q;}" "$1"
}

# By the line tables of the ELF file $1, for address $2.
explain_elf() {
    addr2line -a -f -i -p -e "$1" "0x$2" |
        sed -e 's/^0x[0-9a-f]*: //' -e '/?? ??:0/d' -e 's/ (discriminator.*//' |
        while IFS= read -r text; do
            place=${text##* at }
            printf '         %s\n' "$text"
            printf '             %s\n' \
                "$(source_line "${place%:*}" "${place##*:}")"
        done
}

# By the listing beside the flat program, for the offset $1 (decimal): the
# last line of source at or below it, and the last label of its own.
explain_flat() {
    listing=${program%.app}.lst
    [ -f "$listing" ] || {
        warn "$listing is missing: no lines for the flat $program"
        return 0
    }
    awk -v wanted="$1" -v file="$(basename "$program" .app).asm" '
        function number(hex,    i, n) {
            for (i = 1; i <= length(hex); i++)
                n = n * 16 + index("0123456789ABCDEF",
                                   toupper(substr(hex, i, 1))) - 1
            return n
        }
        # Columns: number of the line, then offset and bytes, then from 41 on
        # the source; "<1>" before that stands for what is not of this file.
        substr($0, 36, 5) ~ /</ { next }
        substr($0, 41) ~ /^[A-Za-z_][A-Za-z0-9_]*:/ {
            label = substr($0, 41)
            sub(/:.*/, "", label)
            fresh = 1
        }
        substr($0, 8, 8) ~ /^[0-9A-F]+$/ {
            at = number(substr($0, 8, 8))
            if (at > wanted || at < last)
                exit
            last = at
            if (fresh) {
                name = label
                start = at
                fresh = 0
            }
            if (substr($0, 41) !~ /^[ \t]*$/) {
                line = $1
                text = substr($0, 41)
            }
        }
        END {
            if (!line)
                exit
            sub(/^[A-Za-z_.][A-Za-z0-9_.]*:/, "", text)
            sub(/^[ \t]+/, "", text)
            printf "         %s+0x%x at %s:%d\n             %s\n",
                name == "" ? "start" : name, wanted - start, file, line, text
        }' "$listing"
}

# What stands at that address (16 digits); $2 is 1 if it is behind a call.
explain_address() {
    low=$((0x${1#????????} - $2))
    high=${1%????????}
    case $high in
    00000000)
        if [ $low -ge $((0x200000)) ]; then
            explain_elf "$program" "$(printf %x $low)"
        elif [ $low -ge $((0x104000)) ]; then
            explain_elf "$build/os.elf" "$(printf %x $low)"
        elif [ $low -ge $((0x100000)) ]; then
            explain_elf "$build/kernel.elf" "$(printf %x $low)"
        fi
        ;;
    ffff8000) explain_flat $low ;;
    esac
}

report=$(find_file "$1")
if [ $# -gt 1 ]; then
    program=$(find_file "$2")
else
    name=$(find_name "$report")
    [ -n "$name" ] || fail "$1 names no program: name its file, too"
    program=$(find_program "$name")
fi
check_build

while IFS= read -r line || [ -n "$line" ]; do
    line=${line%"$(printf '\r')"}
    printf '%s\n' "$line"
    back=1
    case $line in
    'at   '*) back=0 ;;
    'from '* | '     '*) ;;
    *) continue ;;
    esac
    address=${line#?????}
    address=${address%% *}
    case $address in
    *[!0-9a-f]*) ;;
    ????????????????) explain_address "$address" $back ;;
    esac
done <"$report"
