#!/bin/sh
# disk.sh - puts files on a disk image, gets them, lists them.
# SPDX-License-Identifier: BSD-3-Clause
#
# disk.sh TEMPLATE IMAGE put FILE...     files and folders, to the root
# disk.sh TEMPLATE IMAGE get FILE        to the current folder
# disk.sh TEMPLATE IMAGE ls [FOLDER]
set -eu

template=$1 image=$2 action=$3
shift 3

fail() {
    echo "$action: $*" >&2
    exit 1
}

export MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null
sector=$("${0%/*}/image.sh" "$template" get partition_sector)
fs=$image@@$((sector * 512))

# What QEMU writes to must not be changed beside it.
not_in_use() {
    ! grep -q ":$(stat -c %i "$image") " /proc/locks 2>/dev/null ||
        fail "$image is in use: end the virtual machine that runs from it first"
}

put() {
    [ $# -gt 0 ] || fail "usage: ./build.sh put FILE..."
    for file in "$@"; do
        [ -e "$file" ] || fail "$file: not there"
    done
    not_in_use
    mcopy -o -s -m -i "$fs" "$@" :: ||
        fail "not all of it was copied; is the disk full? See ./build.sh ls"
}

get() {
    [ $# -eq 1 ] || fail "usage: ./build.sh get FILE"
    from=${1#/} name=${1##*/}
    [ -n "$name" ] || fail "$1: no name of a file"
    [ ! -e "$name" ] || fail "$name is here already: remove or rename it first"
    mdir -b -i "$fs" "::$from" >/dev/null 2>&1 ||
        fail "$1: not on the disk; ./build.sh ls shows what is"
    mcopy -s -m -i "$fs" "::$from" "$name"
}

ls() {
    [ $# -le 1 ] || fail "usage: ./build.sh ls [FOLDER]"
    folder=${1:-}
    mdir -i "$fs" "::${folder#/}" || fail "${1:-/}: not on the disk"
}

"$action" "$@"
