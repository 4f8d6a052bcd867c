#!/bin/sh
# calls.sh - writes docs/calls.md, the reference of all calls of programs.
# SPDX-License-Identifier: BSD-3-Clause
#
# calls.sh HEADER
#
# HEADER is kernel/include/baremetal.h. Its comments and prototypes are shown
# as they stand there, in its order; `heading` below says before which call a
# chapter begins, and each call it names must be there. What a comment has
# behind it without an empty line between belongs to it.
set -eu

[ $# -eq 1 ] || { echo "usage: calls.sh HEADER" >&2; exit 1; }

exec awk '
BEGIN {
    heading["write"] = "Console and keys"
    heading["exit"] = "End of a program"
    heading["time_ns"] = "Time"
    heading["memory"] = "Memory of the program"
    heading["cpu_count"] = "CPUs: how many"
    heading["disk_info"] = "Disks"
    heading["cpu_policy"] = "CPUs: work, queue, loops, locks"
    heading["memory_allocate"] = "Memory: blocks and pages"
    heading["disk_submit"] = "Disks: several requests at a time"
    heading["net_info"] = "Network"
    heading["timer"] = "Timer, date, PCI functions"
    heading["file_open"] = "Files and folders"
    heading["text_colour"] = "Screen, lines and keys, from version 2 on"
    heading["timer_periodic"] = "Time, from version 2 on"
    heading["serial_send"] = "Serial ports"
    heading["speaker"] = "Speaker"
    heading["pci_read"] = "PCI configuration space"
    heading["system_info"] = "System, random numbers, CPUs, power"
    heading["debug_registers"] = "Debugging"
    for (name in heading)
        unseen[name] = 1
    printf "<!-- Made by tools/calls.sh from baremetal.h: change that, and" \
           " run\n     make -f tools/build.mk docs -->\n"
    print "# All calls"
    print ""
    print "From `kernel/include/baremetal.h`, in its order. `programming.md`" \
          " goes through"
    print "them by topic, with examples. A call is `os->name(...)` in C, and"
    print "`os_call name, ...` in assembly."
}

# Text of a comment, without what makes it one.
function plain(line) {
    sub(/ *\*\/$/, "", line)
    sub(/^ *\/?\* ?(---- )?/, "", line)
    return line
}

function print_all(lines) {
    sub(/^\n+/, "", lines)
    sub(/\n+$/, "", lines)
    print lines
}

# In Markdown an asterisk or what looks like a mark would vanish.
function markdown(text) {
    gsub(/\*/, "\\*", text)
    gsub(/</, "\\&lt;", text)
    return text
}

function flush_comment() {
    if (comment == "")
        return
    print ""
    print_all(markdown(comment))
    comment = ""
}

function name_of(line) {
    match(line, /\(\*[a-z_0-9]+\)\(/)
    return RSTART ? substr(line, RSTART + 2, RLENGTH - 4) : ""
}

function print_entry(    count, i) {
    if (names == "")
        return
    count = split(names, each, " ")
    if (each[1] in heading) {
        printf "\n## %s\n", heading[each[1]]
        delete unseen[each[1]]
    }
    for (i = 2; i <= count; i++)
        if (each[i] in heading)
            broken = each[i]
    print_section()
    printf "\n### "
    for (i = 1; i <= count; i++)
        printf("%s`%s`", i > 1 ? ", " : "", each[i])
    printf "\n\n```c\n%s```\n", code
    flush_comment()
    names = code = ""
}

# A comment with an empty line behind it is about the calls that follow.
function print_section() {
    if (section == "")
        return
    print ""
    print_all(markdown(section))
    section = ""
}

# The opening comment: its text from the third line on.
FNR == 1 { opening = 1 }
opening {
    if (FNR > 3)
        comment = comment plain($0) "\n"
    if (/\*\/$/) {
        opening = 0
        gsub(/\n    int main[^\n]*\n/, "\n```c\n&```\n", comment)
        gsub(/```c\n\n */, "```c\n", comment)
        code_in_text = comment
        comment = ""
        print ""
        print_all(code_in_text)
    }
    next
}

/^enum baremetal_error/ {
    errors = 1
    print "\n## Errors\n\n| name | value | says |\n|---|---|---|"
    next
}
errors && /^};/ { print row " |"; errors = 0; next }
errors && /=/ {
    if (row != "")
        print row " |"
    value = $0
    sub(/^[^=]*= */, "", value)
    sub(/,.*/, "", value)
    text = $0
    sub(/^[^\/]*/, "", text)
    row = "| `" $1 "` | " value " | " plain(text)
    next
}
errors {
    sub(/^ +/, "")
    row = row " " plain($0)
    next
}

/^struct baremetal \{/ { calls = 1; next }
calls && /^};/ { print_entry(); calls = 0; next }
calls && /^ *\/\*/ {
    print_entry()
    in_comment = 1
}
calls && in_comment {
    comment = comment plain($0) "\n"
    if (/\*\/$/)
        in_comment = 0
    next
}
calls && /^$/ {
    print_entry()
    if (comment != "") {
        section = section (section == "" ? "" : "\n") comment
        comment = ""
    }
    next
}
# Magic, version and size have their comments behind them.
calls && /^    uint.*; +\/\*/ { comment = ""; next }
calls {
    line = $0
    sub(/^    /, "", line)
    if (name_of(line) != "")
        names = names " " name_of(line)
    code = code line "\n"
}

END {
    for (name in unseen)
        broken = name
    if (broken != "") {
        print "calls.sh: a chapter is to begin at " broken \
              ", where no entry begins" >"/dev/stderr"
        exit 1
    }
    print "\nThe structures and constants are in the header itself:"
    print "[baremetal.h](../kernel/include/baremetal.h)."
}' "$1"
