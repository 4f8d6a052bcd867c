#!/bin/sh
# autostart.sh - a copy of a disk image that starts a program at once.
# SPDX-License-Identifier: BSD-3-Clause
#
# autostart.sh TEMPLATE IMAGE OUT NAME [ARGUMENT...]
#
# The copy's config.txt names a list of its own, with the program's command
# line in it; other options of config.txt stay. IMAGE is left as it is.
set -eu

template=$1 image=$2 out=$3
shift 3
list=autorun.txt

export MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null
sector=$("${0%/*}/image.sh" "$template" get partition_sector)
fs=$out@@$((sector * 512))
tmp=$out.tmp
trap 'rm -f "$tmp"' EXIT

# In double quotes if need be, where the prompt knows \" and \\.
quote() {
    case $1 in
    '' | *[!A-Za-z0-9_./:=,+-]*) ;;
    *) printf '%s' "$1" && return ;;
    esac
    case $1 in
    *'
'*) echo "autostart.sh: an argument of two lines cannot be given" >&2 && exit 1 ;;
    esac
    printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"
}

cp --sparse=always "$image" "$out"
between=
for word in "$@"; do
    printf '%s' "$between"
    quote "$word"
    between=' '
done >"$tmp"
echo >>"$tmp"
mcopy -o -i "$fs" "$tmp" "::$list"
: >"$tmp"
if mdir -b -i "$fs" ::config.txt >/dev/null 2>&1; then
    mtype -i "$fs" ::config.txt >"$tmp"
fi
sed -i '/^[[:blank:]]*[Ss][Tt][Aa][Rr][Tt][Uu][Pp][[:blank:]]*=/d' "$tmp"
printf '\nstartup=%s\n' "$list" >>"$tmp"
mcopy -o -i "$fs" "$tmp" ::config.txt
