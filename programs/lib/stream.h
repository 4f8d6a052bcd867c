/* stream.h - what a FILE is.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>
#include <stdio.h>

/* Instead of a number of the system's: text to and keys from the console. */
#define STREAM_CONSOLE (-1)

enum stream_state { STREAM_IDLE, STREAM_READS, STREAM_WRITES };

/* Guarded by `owner`. In the buffer stands what was read ahead (next ..
 * used), or what is to be written (0 .. used). */
struct stream {
    int file;
    unsigned flags;             /* enum baremetal_file_flags */
    int mode;                   /* _IOFBF, ... */
    enum stream_state state;
    int is_open, own_buffer, ended, failed;
    int pushed;                 /* what ungetc gave, and 1; 0: nothing */
    char *buffer;
    size_t size, next, used;
    volatile unsigned owner;    /* the lock: the CPU that has it, and 1, or 0 */
};

/* For a callback that interrupted the owner, it is no lock: it would wait
 * for ever. Returns what stream_unlock is to be given. */
int stream_lock(struct stream *stream);
void stream_unlock(struct stream *stream, int outermost);

/* With the lock held. Bytes done; less after an error, errno says which. */
size_t stream_write(struct stream *stream, const char *data, size_t size);
size_t stream_read(struct stream *stream, char *data, size_t size);
/* 0, or -1 if the stream is not one to read from. */
int stream_start_reading(struct stream *stream);
/* The next byte, or EOF. */
int stream_get(struct stream *stream);
/* At the end of each call that wrote: as the stream's mode wants it. */
int stream_end_call(struct stream *stream);
int stream_flush(struct stream *stream);
/* All streams that write. */
int stream_flush_all(void);
void stream_close_all(void);

/* Sets errno from a BAREMETAL_E* and returns -1. */
int error_set(int64_t error);

/* A line typed at the console, at most `size` bytes with its end; 0 after
 * Ctrl-D at its start. From a file: as much of a line as fits; 0 at its end. */
size_t console_read_line(char *line, size_t size);
