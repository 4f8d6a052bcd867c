/* fat_model.h - what a FAT volume must hold, and random changes to both.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "fs/fat.h"
#include "memory_device.h"

#define MODEL_NODES 96
#define MODEL_FILES 4
#define MODEL_NAME_SIZE 800
#define MODEL_PATH_SIZE 16384

/* A file or folder. Number 0 is the root folder. */
struct model_node {
    int used, is_folder, parent;
    char name[MODEL_NAME_SIZE];
    uint32_t size;
    uint8_t *bytes;
    /* What a power cut must leave: so many bytes, but those that were
     * touched since the last flush. */
    uint32_t stable_size;
    uint8_t *touched;
    /* A change under way: it may be missing, or be there instead. */
    int may_be_missing, may_move;
    int other_parent;
    char other_name[MODEL_NAME_SIZE];
};

struct model_file {
    int node;             /* 0: none */
    struct fat_file file;
};

struct model {
    struct fat_volume *volume;
    struct memory_device *disk;
    uint32_t file_size_max;
    unsigned node_max;
    struct model_node nodes[MODEL_NODES];
    struct model_file files[MODEL_FILES];
    unsigned operations, full;
    /* Called around each change, if not 0. */
    void (*before)(struct model *model);
    void (*after)(struct model *model, const char *what);
};

void model_init(struct model *model, struct fat_volume *volume,
                struct memory_device *disk);
void model_free(struct model *model);

/* One random operation on the volume and the model; 0 if the volume did what
 * the model does. Says what was wrong otherwise. */
int model_step(struct model *model);

/* Flushes and forgets all open files. */
int model_close(struct model *model);

/* 0 if the volume holds exactly what the model does. */
int model_compare(struct model *model, struct fat_volume *volume);

/* The same for what a power cut during a change may leave. */
int model_compare_cut(struct model *model, struct fat_volume *volume);

void model_path(const struct model *model, int node, char *path);
