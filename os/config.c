/* config.c - the options of config.txt and of the boot command line.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "config.h"
#include "commands.h"
#include "fs/error.h"
#include "keyboard_layout.h"
#include "lines.h"
#include "log.h"
#include "print.h"
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define BOOT_PLACE "boot options, word"
#define CONFIG_PLACE CONFIG_NAME ", line"

/* Of config.txt; what is longer is no option. */
#define LINE_BYTES 120

/* Where a word stands, for messages. */
struct place {
    const char *name;
    unsigned number;
};

int config_path(const char *name, char path[CONFIG_PATH_SIZE],
                struct storage_volume **volume)
{
    int error = storage_first(&files.storage, volume);
    unsigned disk = error ? 0 : (*volume)->disk.number;
    size_t length = 4;

    memcpy(path, "disk", 4);
    if (disk > 9)
        path[length++] = (char)('0' + disk / 10);
    path[length++] = (char)('0' + disk % 10);
    memcpy(path + length, ":/", 2);
    memcpy(path + length + 2, name, strlen(name) + 1);
    return error;
}

/* The option whose name is most like that of the word; OPTIONS: none is. */
static unsigned nearest(const char *text)
{
    char name[COMMAND_DISTANCE_NAME + 1];
    unsigned least = COMMAND_DISTANCE_MAX + 1, found = OPTIONS;
    size_t length = 0;

    for (; *text == ' ' || *text == '\t'; text++)
        ;
    for (; text[length] && text[length] != '=' && text[length] != ' ' &&
           length + 1 < sizeof name; length++)
        name[length] = text[length];
    name[length] = 0;
    for (unsigned i = 0; i < OPTIONS; i++) {
        unsigned steps = command_distance(name, options_table[i].name);

        if (steps < least && steps < length) {
            least = steps;
            found = i;
        }
    }
    return found;
}

static void complain(const struct place *place, const char *text,
                     unsigned option, int error)
{
    shell_complain("%s %u: \"%s\"", place->name, place->number, text);
    if (error != OPTIONS_ENAME) {
        shell_complain(": %s takes %s; skipped\n", options_table[option].name,
                       options_table[option].values);
        return;
    }
    shell_complain(" is no option; skipped; ");
    option = nearest(text);
    if (option < OPTIONS)
        shell_complain("did you mean %s?\n", options_table[option].name);
    else
        shell_complain("`config` lists the options\n");
}

/* One word or line. At start it also counts at once, if it may. */
static void take(const struct place *place, const char *text,
                 struct options_set *set, int starts)
{
    char word[OPTIONS_WORD_SIZE];
    unsigned option;
    int error = options_read(text, strlen(text), word, &option);

    if (error == OPTIONS)
        return;
    if (error >= 0 && starts && option == OPTION_KEYBOARD &&
        keyboard_layout_set(options_value(word)))
        error = OPTIONS_EVALUE;
    if (error < 0)
        complain(place, text, option, error);
    else
        memcpy(set->word[option], word, sizeof word);
}

static void read_boot_words(void)
{
    const char *text = (const char *)SYSINFO_EXTENSION->command_line;
    struct place place = { BOOT_PLACE, 0 };
    char word[OPTIONS_WORD_SIZE + 8];

    while (text && *text) {
        size_t length = 0, kept;

        while (text[length] && text[length] != ' ')
            length++;
        place.number += length > 0;
        kept = length < sizeof word ? length : sizeof word - 1;
        memcpy(word, text, kept);
        word[kept] = 0;
        take(&place, word, &options_in_effect, 1);
        text += length + (text[length] == ' ');
    }
}

static int read_config(struct options_set *set, int talk, int starts)
{
    struct place place = { CONFIG_PLACE, 0 };
    char path[CONFIG_PATH_SIZE], line[LINE_BYTES + 1];
    struct storage_volume *volume;
    struct lines lines;
    int error = config_path(CONFIG_NAME, path, &volume);

    memset(set, 0, sizeof *set);
    if (!error)
        error = lines_open(&lines, path, 0);
    if (error) {
        if (talk || (error != FS_ENOTFOUND && error != STORAGE_ENOVOLUME))
            shell_complain("%s: %s\n", CONFIG_NAME, files_error_text(error));
        return 0;
    }
    while (lines_next(&lines, line, sizeof line)) {
        place.number++;
        if (lines.too_long && line[0] != '#')
            shell_complain("%s %u: longer than %u characters; skipped\n",
                           place.name, place.number, LINE_BYTES);
        else
            take(&place, line, set, starts);
    }
    if (lines.error)
        shell_complain("%s: %s\n", CONFIG_NAME,
                       files_error_text(lines.error));
    lines_close(&lines);
    return !lines.error;
}

int config_read(struct options_set *set, int talk)
{
    return read_config(set, talk, 0);
}

/* Prints the words that only `a` has, or has with another value. */
static unsigned print_only(const char *before, const struct options_set *a,
                           const struct options_set *b)
{
    unsigned count = 0;

    for (unsigned i = 0; i < OPTIONS; i++) {
        if (!options_table[i].boot || !a->word[i][0] ||
            options_same(i, a->word[i], b->word[i]))
            continue;
        shell_complain("%s%s", count++ ? " " : before, a->word[i]);
    }
    return count;
}

/* Says so in a line, if what config.txt says does not count yet. */
static void compare(const struct options_set *config)
{
    const struct options_set *now = &options_in_effect;
    unsigned count =
        print_only(CONFIG_NAME ": not in effect: ", config, now);

    count += print_only(count ? "; in effect: "
                              : CONFIG_NAME ": in effect without it: ",
                        now, config);
    if (count)
        shell_complain("; `config apply` and a restart change that\n");
}

static void use_config(void)
{
    struct options_set config;
    struct options_set *now = &options_in_effect;

    if (!read_config(&config, 0, !now->word[OPTION_KEYBOARD][0]))
        return;
    compare(&config);
    for (unsigned i = 0; i < OPTIONS; i++)
        if (!options_table[i].boot && !now->word[i][0])
            memcpy(now->word[i], config.word[i], sizeof now->word[i]);
}

static int options_damaged(void)
{
    return SYSINFO_EXTENSION->size >=
               offsetof(struct sysinfo_extension, options) +
                   sizeof SYSINFO_EXTENSION->options &&
           SYSINFO_EXTENSION->options == OPTIONS_DAMAGED;
}

void config_start(void)
{
    if (options_damaged())
        shell_complain("boot options: damaged, and not used; `config apply` "
                       "writes them anew\n");
    read_boot_words();
    use_config();
    for (unsigned i = 0; i < OPTIONS; i++)
        if (!options_table[i].boot && options_in_effect.word[i][0])
            log_note("option in effect: %s", options_in_effect.word[i]);
}
