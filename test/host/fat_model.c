/* fat_model.c - what a FAT volume must hold, and random changes to both.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#define _GNU_SOURCE
#include "fat_model.h"
#include <strings.h>

#define PATH_LIMIT 3000 /* below the host's */

/* %u is a small number, "" the longest name there can be. Names that differ
 * in case only are the same. */
static const char *const names[] = {
    "a", "B%u", "file%u.txt", "FILE%u.TXT", "File%u.Txt", "upper%u.BIN",
    "LOWER%u.bin", "a longer name %u.text", "a longer name than %u.text",
    ".hidden%u", "two.dots.%u.c", "no extension but long %u",
    "Gr\xC3\xBC\xC3\x9F" "e%u.txt", "\xE6\x97\xA5\xE6\x9C\xAC%u",
    "\xD0\xBC\xD0\xB8\xD1\x80 %u.png", "a+b=%u;[c].x", "12345678.%u", "123456789.%u",
    "thirteen%u....x", "exactly26 characters%u.ext", "", "~%u", "x~%u.y",
    "FILE~%u.TXT",
};
#define NAMES (sizeof names / sizeof names[0])

static void random_name(char *name)
{
    const char *format = names[random32() % NAMES];
    char *place;

    if (!*format) {
        memset(name, 'x', 255);
        memcpy(name + 20, " with two dots..", 16);
        name[254] = '5';
        name[255] = 0;
        return;
    }
    strcpy(name, format);
    place = strstr(name, "%u");
    if (place) {
        char rest[MODEL_NAME_SIZE];
        strcpy(rest, place + 2);
        sprintf(place, "%u%s", random32() % 6, rest);
    }
}

static int wrong(const struct model *model, const char *what, int node,
                 int error)
{
    fprintf(stderr, "operation %u: %s: '%.60s': %d\n", model->operations,
            what, node >= 0 ? model->nodes[node].name : "", error);
    return -1;
}

void model_init(struct model *model, struct fat_volume *volume,
                struct memory_device *disk)
{
    memset(model, 0, sizeof *model);
    model->volume = volume;
    model->disk = disk;
    model->nodes[0].used = model->nodes[0].is_folder = 1;
    model->file_size_max = 60000;
    model->node_max = MODEL_NODES;
}

static void free_node(struct model_node *node)
{
    free(node->bytes);
    free(node->touched);
    memset(node, 0, sizeof *node);
}

void model_free(struct model *model)
{
    for (int i = 0; i < MODEL_NODES; i++)
        free_node(&model->nodes[i]);
}

void model_path(const struct model *model, int node, char *path)
{
    char rest[MODEL_PATH_SIZE] = "", whole[MODEL_PATH_SIZE];

    for (; node; node = model->nodes[node].parent) {
        strcpy(whole, "/");
        strcat(whole, model->nodes[node].name);
        strcat(whole, rest);
        strcpy(rest, whole);
    }
    strcpy(path, *rest ? rest : "/");
}

static void join(const struct model *model, int parent, const char *name,
                 char *path)
{
    model_path(model, parent, path);
    strcat(path, "/");
    strcat(path, name);
}

static int find_name(const struct model *model, int parent, const char *name)
{
    for (int i = 1; i < MODEL_NODES; i++)
        if (model->nodes[i].used && model->nodes[i].parent == parent &&
            !strcasecmp(model->nodes[i].name, name))
            return i;
    return 0;
}

/* A random node of a kind; 0 (the root folder) if there is none. */
static int random_node(const struct model *model, int is_folder)
{
    int list[MODEL_NODES], count = 0;

    for (int i = is_folder ? 0 : 1; i < MODEL_NODES; i++)
        if (model->nodes[i].used && model->nodes[i].is_folder == is_folder)
            list[count++] = i;
    return count ? list[random32() % (unsigned)count] : 0;
}

static int is_inside(const struct model *model, int node, int folder)
{
    for (; node; node = model->nodes[node].parent)
        if (node == folder)
            return 1;
    return !folder;
}

static struct model_file *find_open(struct model *model, int node)
{
    for (int i = 0; i < MODEL_FILES; i++)
        if (model->files[i].node == node)
            return &model->files[i];
    return 0;
}

static void before(struct model *model)
{
    if (model->before)
        model->before(model);
}

/* The change is done: it is so, and nothing else, from now on. */
static void after(struct model *model, const char *what)
{
    if (model->after)
        model->after(model, what);
    for (int i = 0; i < MODEL_NODES; i++)
        model->nodes[i].may_be_missing = model->nodes[i].may_move = 0;
}

static void flushed(struct model_node *node)
{
    node->stable_size = node->size;
    if (node->size)
        memset(node->touched, 0, node->size);
}

static int flush_file(struct model *model, struct model_file *open)
{
    int error;

    before(model);
    error = fat_file_flush(&open->file);
    after(model, "flush");
    if (error)
        return wrong(model, "flush", open->node, error);
    flushed(&model->nodes[open->node]);
    return 0;
}

static int close_file(struct model *model, struct model_file *open)
{
    int error = flush_file(model, open);

    open->node = 0;
    memset(&open->file, 0xA5, sizeof open->file);
    return error;
}

int model_close(struct model *model)
{
    int error = 0;

    for (int i = 0; i < MODEL_FILES; i++)
        if (model->files[i].node)
            error |= close_file(model, &model->files[i]);
    return error;
}

/* How much longer than the node's own the longest path below it is. */
static size_t longest_below(const struct model *model, int node)
{
    char path[MODEL_PATH_SIZE];
    size_t own, longest = 0;

    model_path(model, node, path);
    own = strlen(path);
    for (int i = 1; i < MODEL_NODES; i++) {
        if (!model->nodes[i].used || !is_inside(model, i, node))
            continue;
        model_path(model, i, path);
        if (strlen(path) - own > longest)
            longest = strlen(path) - own;
    }
    return longest;
}

/* The open file of a node, opened if it is not; 0 after an error. */
static struct model_file *open_node(struct model *model, int node)
{
    struct model_file *open = find_open(model, node);
    char path[MODEL_PATH_SIZE];
    struct fat_entry entry;
    int error;

    if (open)
        return open;
    open = find_open(model, 0);
    if (!open) {
        open = &model->files[random32() % MODEL_FILES];
        if (close_file(model, open))
            return 0;
    }
    model_path(model, node, path);
    error = fat_find(model->volume, path, &entry);
    if (!error)
        error = fat_file_open(model->volume, &entry, &open->file);
    if (error || entry.size != model->nodes[node].size ||
        strcmp(entry.name, model->nodes[node].name)) {
        wrong(model, "open", node, error);
        return 0;
    }
    open->node = node;
    return open;
}

static int is_full(struct model *model, uint32_t allowed)
{
    uint64_t left, total;

    model->full++;
    return !fat_space(model->volume, &left, &total) &&
           left <= (uint64_t)allowed * model->volume->cluster_bytes;
}

/* ---- operations */

static int do_create(struct model *model)
{
    int parent = random_node(model, 1), is_folder = random32() % 4 == 0;
    char name[MODEL_NAME_SIZE], path[MODEL_PATH_SIZE];
    struct fat_entry entry;
    int there, node = 1, error;

    random_name(name);
    there = find_name(model, parent, name);
    while (node < MODEL_NODES && model->nodes[node].used)
        node++;
    if (node >= (int)model->node_max && !there)
        return 0;
    join(model, parent, name, path);
    if (strlen(path) > PATH_LIMIT)
        return 0;
    if (!there) {
        struct model_node *new = &model->nodes[node];
        new->used = new->may_be_missing = 1;
        new->is_folder = is_folder;
        new->parent = parent;
        strcpy(new->name, name);
    }
    before(model);
    error = fat_create(model->volume, path,
                       is_folder ? FAT_ATTRIBUTE_FOLDER : 0, &entry);
    after(model, "create");
    if (there)
        return error == FS_EEXISTS ? 0 : wrong(model, "twice", there, error);
    if (!error && !strcmp(entry.name, name))
        return 0;
    /* Another file's short name may be this one. */
    if (!(error == FS_EEXISTS && strchr(name, '~')) &&
        !(error == FS_EFULL && is_full(model, 0)) &&
        !(error == FS_EFOLDERFULL && !parent))
        return wrong(model, "create", node, error);
    free_node(&model->nodes[node]);
    return 0;
}

static void grow_node(struct model_node *node, uint32_t size)
{
    if (size <= node->size)
        return;
    node->bytes = realloc(node->bytes, size);
    node->touched = realloc(node->touched, size);
    memset(node->bytes + node->size, 0, size - node->size);
    memset(node->touched + node->size, 1, size - node->size);
    node->size = size;
}

static uint32_t random_size(uint32_t limit)
{
    static const uint32_t limits[] = { 20, 600, 5000, 100000 };
    uint32_t largest = limits[random32() % 4];

    return random32() % ((largest < limit ? largest : limit) + 1);
}

static int do_write(struct model *model)
{
    int number = random_node(model, 0), error;
    struct model_node *node = &model->nodes[number];
    uint32_t old = node->size, at, size;
    struct model_file *open;
    uint8_t *bytes;
    size_t done;

    if (!number)
        return 0;
    open = open_node(model, number);
    if (!open)
        return -1;
    at = random32() % 3 ? old : random32() % (old + 1);
    size = random_size(model->file_size_max - at);
    bytes = malloc(size + 1);
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)random32();
    for (uint32_t i = at; i < old && i < at + size; i++)
        node->touched[i] = 1;
    before(model);
    error = fat_file_seek(&open->file, at);
    if (!error)
        error = fat_file_write(&open->file, bytes, size, &done);
    after(model, "write");
    if (error && !(error == FS_EFULL && is_full(model, 0))) {
        free(bytes);
        return wrong(model, "write", number, error);
    }
    if (!error && done != size)
        return wrong(model, "written", number, (int)done);
    grow_node(node, at + (uint32_t)done);
    if (done)
        memcpy(node->bytes + at, bytes, done);
    free(bytes);
    return open->file.size == node->size ? 0
                                         : wrong(model, "size", number, 0);
}

static int do_truncate(struct model *model)
{
    int number = random_node(model, 0), error;
    struct model_node *node = &model->nodes[number];
    uint32_t size, old = node->size;
    struct model_file *open;

    if (!number)
        return 0;
    open = open_node(model, number);
    if (!open)
        return -1;
    switch (random32() % 4) {
    case 0:
        size = 0;
        break;
    case 1:
        size = old + random_size(model->file_size_max - old);
        break;
    default:
        size = random32() % (old + 1);
    }
    if (size < node->stable_size)
        node->stable_size = size;
    before(model);
    error = fat_file_truncate(&open->file, size);
    after(model, "truncate");
    if (error == FS_EFULL && is_full(model, 0xFFFFFF) && size > old)
        size = old;
    else if (error)
        return wrong(model, "truncate", number, error);
    if (size > old) {
        grow_node(node, size);
    } else {
        node->size = size;
        if (size < old)
            flushed(node); /* its entry is written */
    }
    return open->file.size == size ? 0 : wrong(model, "length", number, 0);
}

static int do_rename(struct model *model)
{
    int number = random_node(model, random32() % 3 == 0);
    int parent = random_node(model, 1), there, error, expected = 0;
    char from[MODEL_PATH_SIZE], to[MODEL_PATH_SIZE], name[MODEL_NAME_SIZE];
    struct model_node *node = &model->nodes[number];

    if (!number || find_open(model, number))
        return 0;
    if (random32() % 2)
        parent = node->parent;
    random_name(name);
    there = find_name(model, parent, name);
    if (there && there != number)
        expected = FS_EEXISTS;
    else if (node->is_folder && is_inside(model, parent, number))
        expected = FS_EINSIDE;
    model_path(model, number, from);
    join(model, parent, name, to);
    if (strlen(to) + longest_below(model, number) > PATH_LIMIT)
        return 0;
    if (!expected) {
        node->may_move = 1;
        node->other_parent = parent;
        strcpy(node->other_name, name);
    }
    before(model);
    error = fat_rename(model->volume, from, to);
    after(model, "rename");
    if (!error && !expected) {
        node->parent = parent;
        strcpy(node->name, name);
        return 0;
    }
    if (error == expected || (error == FS_EEXISTS && strchr(name, '~')) ||
        (error == FS_EFULL && is_full(model, 0)) ||
        (error == FS_EFOLDERFULL && !parent))
        return 0;
    return wrong(model, "rename", number, error);
}

static int do_remove(struct model *model)
{
    int number = random_node(model, random32() % 3 == 0);
    struct model_node *node = &model->nodes[number];
    char path[MODEL_PATH_SIZE];
    int error, expected = 0;

    if (!number || find_open(model, number))
        return 0;
    for (int i = 1; i < MODEL_NODES; i++)
        if (model->nodes[i].used && model->nodes[i].parent == number)
            expected = FS_ENOTEMPTY;
    model_path(model, number, path);
    node->may_be_missing = !expected;
    before(model);
    error = fat_remove(model->volume, path);
    after(model, "remove");
    if (error != expected)
        return wrong(model, "remove", number, error);
    if (!expected)
        free_node(node);
    return 0;
}

static int compare_file(struct model *model, struct fat_file *file,
                        const struct model_node *node)
{
    uint32_t at = random32() % (node->size + 1);
    uint32_t size = random_size(100000), left = node->size - at;
    uint8_t *bytes = malloc(size + 1);
    size_t done = 0;
    int error = fat_file_seek(file, at);

    if (!error)
        error = fat_file_read(file, bytes, size, &done);
    if (!error && done != (size < left ? size : left))
        error = 1;
    if (!error && done && memcmp(bytes, node->bytes + at, done))
        error = 2;
    free(bytes);
    return error ? wrong(model, "read", (int)(node - model->nodes), error)
                 : 0;
}

static int do_read(struct model *model)
{
    int number = random_node(model, 0);
    struct model_file *open;

    if (!number)
        return 0;
    open = open_node(model, number);
    return open ? compare_file(model, &open->file, &model->nodes[number])
                : -1;
}

static int do_sync(struct model *model)
{
    int error;

    before(model);
    error = fat_sync(model->volume);
    after(model, "sync");
    if (error)
        return wrong(model, "sync", -1, error);
    for (int i = 1; i < MODEL_NODES; i++)
        if (model->nodes[i].used && !model->nodes[i].is_folder)
            flushed(&model->nodes[i]);
    return 0;
}

static int do_flush(struct model *model)
{
    struct model_file *open = &model->files[random32() % MODEL_FILES];

    if (!open->node)
        return 0;
    return random32() % 2 ? flush_file(model, open) : close_file(model, open);
}

int model_step(struct model *model)
{
    static const struct {
        int (*run)(struct model *model);
        unsigned weight;
    } operations[] = {
        { do_create, 18 }, { do_write, 34 },  { do_truncate, 8 },
        { do_rename, 12 }, { do_remove, 12 }, { do_flush, 10 },
        { do_read, 8 },    { do_sync, 2 },
    };
    unsigned choice = random32() % 104;

    model->operations++;
    for (unsigned i = 0;; i++) {
        if (choice < operations[i].weight)
            return operations[i].run(model);
        choice -= operations[i].weight;
    }
}

/* ---- comparing */

static int read_whole(struct fat_volume *volume, const struct fat_entry *entry,
                      uint8_t **bytes)
{
    struct fat_file file;
    size_t done;
    int error = fat_file_open(volume, entry, &file);

    *bytes = malloc(entry->size + 1);
    if (!error)
        error = fat_file_read(&file, *bytes, entry->size, &done);
    return error ? error : done != entry->size;
}

/* A file's bytes as they must be: all, or what is stable. */
static int compare_bytes(const struct model_node *node, const uint8_t *bytes,
                         uint32_t size, int cut)
{
    if (!cut)
        return size != node->size ||
               (size && memcmp(bytes, node->bytes, size));
    if (size < node->stable_size)
        return 1;
    for (uint32_t i = 0; i < node->stable_size; i++)
        if (!node->touched[i] && bytes[i] != node->bytes[i])
            return 1;
    return 0;
}

static int compare_node(struct model *model, struct fat_volume *volume,
                        int number, int cut)
{
    struct model_node *node = &model->nodes[number];
    char path[MODEL_PATH_SIZE];
    struct fat_entry entry;
    uint8_t *bytes;
    int error;

    model_path(model, number, path);
    error = fat_find(volume, path, &entry);
    if (error || strcmp(entry.name, node->name) ||
        node->is_folder != ((entry.attributes & FAT_ATTRIBUTE_FOLDER) != 0))
        return wrong(model, cut ? "lost" : "missing", number, error);
    if (node->is_folder)
        return 0;
    error = read_whole(volume, &entry, &bytes);
    if (!error)
        error = compare_bytes(node, bytes, entry.size, cut);
    free(bytes);
    return error ? wrong(model, "contents", number, error) : 0;
}

/* Entries of a folder and of all below it. */
static int count_entries(struct fat_volume *volume,
                         const struct fat_entry *start)
{
    struct fat_entry *entry = malloc(sizeof *entry);
    struct fat_folder folder;
    int count = 0, found = fat_folder_open(volume, start, &folder);

    while (!found && (found = fat_folder_next(&folder, entry)) > 0) {
        found = 0;
        if (!strcmp(entry->name, ".") || !strcmp(entry->name, ".."))
            continue;
        count++;
        if (entry->attributes & FAT_ATTRIBUTE_FOLDER) {
            int below = count_entries(volume, entry);
            if (below < 0)
                found = below;
            count += below;
        }
    }
    free(entry);
    return found < 0 ? found : count;
}

static int compare_count(struct model *model, struct fat_volume *volume,
                         int expected)
{
    struct fat_entry root;
    int count = fat_find(volume, "/", &root);

    if (!count)
        count = count_entries(volume, &root);
    return count == expected ? 0 : wrong(model, "count", -1, count);
}

int model_compare(struct model *model, struct fat_volume *volume)
{
    int count = 0, error = 0;

    for (int i = 1; i < MODEL_NODES && !error; i++)
        if (model->nodes[i].used) {
            count++;
            error = compare_node(model, volume, i, 0);
        }
    return error ? error : compare_count(model, volume, count);
}

static int exists(struct model *model, struct fat_volume *volume, int number,
                  struct fat_entry *entry)
{
    char path[MODEL_PATH_SIZE];

    model_path(model, number, path);
    return !fat_find(volume, path, entry) &&
           !strcmp(entry->name, model->nodes[number].name);
}

/* Has the moving node its old name, its new one, or (an empty file) both?
 * Gives it the one it has; adds to *extra. */
static int settle(struct model *model, struct fat_volume *volume, int number,
                  int *extra)
{
    struct model_node *node = &model->nodes[number];
    struct model_node old = *node;
    struct fat_entry entry;
    int has_old = exists(model, volume, number, &entry), has_new;

    node->parent = node->other_parent;
    strcpy(node->name, node->other_name);
    has_new = exists(model, volume, number, &entry);
    if (old.parent == node->parent && !strcmp(old.name, node->name))
        has_old = 0;
    *extra += has_old && has_new;
    if (has_old && has_new && entry.first_cluster)
        return wrong(model, "two names", number, 0);
    if (has_old) {
        node->parent = old.parent;
        strcpy(node->name, old.name);
    }
    return 0;
}

int model_compare_cut(struct model *model, struct fat_volume *volume)
{
    struct model_node *saved = malloc(sizeof model->nodes);
    struct fat_entry entry;
    int count = 0, error = 0;

    memcpy(saved, model->nodes, sizeof model->nodes);
    for (int i = 1; i < MODEL_NODES && !error; i++)
        if (model->nodes[i].used && model->nodes[i].may_move)
            error = settle(model, volume, i, &count);
    for (int i = 1; i < MODEL_NODES && !error; i++) {
        const struct model_node *node = &model->nodes[i];
        if (!node->used ||
            (node->may_be_missing && !exists(model, volume, i, &entry)))
            continue;
        count++;
        error = compare_node(model, volume, i, 1);
    }
    memcpy(model->nodes, saved, sizeof model->nodes);
    free(saved);
    return error ? error : compare_count(model, volume, count);
}
