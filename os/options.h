/* options.h - the option words: one table for config.txt and the boot command
 * line.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A word is `name=value`, or `nousb` alone. Some count before os runs; they
 * stand in the boot command line (pure64/options.h), and what config.txt says
 * of them counts once `config apply` has brought it there. The others are os's
 * own and count at once, wherever they stand. Portable C, tested on the PC.
 */
#pragma once
#include <pure64/options.h>

enum options_kind {
    OPTIONS_WORD,    /* alone, without a value */
    OPTIONS_NUMBER,
    OPTIONS_SIZE,    /* a number with K, M or G behind it */
    OPTIONS_PICTURE, /* WIDTHxHEIGHT, text or none */
    OPTIONS_CHOICE,  /* one of some words */
    OPTIONS_NAME,    /* any text */
};

struct option {
    const char *name;
    const char *values;  /* what is right for it, in words */
    const char *summary;
    uint8_t kind;        /* enum options_kind */
    uint8_t boot;        /* 1: counts before os runs */
    uint64_t least, most; /* of a number; bytes of a name */
    const char *choices;  /* each with its NUL, then another */
};

enum {
    OPTION_CPUS, OPTION_MEMORY, OPTION_VIDEO, OPTION_NOUSB, OPTION_CONSOLE,
    OPTION_TSC_MHZ, OPTION_GDB, OPTION_STARTUP, OPTION_KEYBOARD,
    OPTIONS,
};

extern const struct option options_table[OPTIONS];

/* A word with its NUL, as it stands in the boot command line. */
#define OPTIONS_WORD_SIZE 72

/* What was given of each option: the whole word, "" if none was. */
struct options_set {
    char word[OPTIONS][OPTIONS_WORD_SIZE];
};

/* What counts now: of the boot command line all, of config.txt os's own. */
extern struct options_set options_in_effect;

enum options_word_error {
    OPTIONS_ENAME = -10,  /* no option has that name */
    OPTIONS_EVALUE = -11, /* it takes another value, or none */
    OPTIONS_ELONG = -12,  /* the name or value is too long */
};

/* Reads one word, or line of config.txt, of `length` bytes: blanks at its ends
 * and around the = do not count, nor does the case of letters but for names.
 * The option's number, its word in word[]; OPTIONS if there is nothing but
 * blanks or a comment; or an error, and then *option is its number if its name
 * was right. */
int options_read(const char *text, size_t length,
                 char word[OPTIONS_WORD_SIZE], unsigned *option);

/* The value behind name=. */
const char *options_value(const char *word);

/* 1 if both words of that option mean the same. */
int options_same(unsigned option, const char *a, const char *b);

/* The boot words of a set as one text. OPTIONS_ETEXT if it is too long. */
int options_text(const struct options_set *set, char text[OPTIONS_TEXT_SIZE]);
