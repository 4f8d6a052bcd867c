/* stream.c - streams: opening, buffers, positions.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "stream.h"
#include <errno.h>
#include <os_interface.h>
#include <stdlib.h>
#include <string.h>

#define CONSOLE_BUFFER 256

static char input_buffer[CONSOLE_BUFFER];
static char output_buffer[CONSOLE_BUFFER];
static char error_buffer[CONSOLE_BUFFER];

static struct stream streams[FOPEN_MAX] = {
    { .file = STREAM_CONSOLE, .flags = BAREMETAL_FILE_READ, .is_open = 1,
      .mode = _IOLBF, .buffer = input_buffer, .size = CONSOLE_BUFFER },
    { .file = STREAM_CONSOLE, .flags = BAREMETAL_FILE_WRITE, .is_open = 1,
      .mode = _IONBF, .buffer = output_buffer, .size = CONSOLE_BUFFER },
    { .file = STREAM_CONSOLE, .flags = BAREMETAL_FILE_WRITE, .is_open = 1,
      .mode = _IONBF, .buffer = error_buffer, .size = CONSOLE_BUFFER },
};
FILE *const stdin = &streams[0], *const stdout = &streams[1],
     *const stderr = &streams[2];

/* Guards is_open of all streams. Taken alone. */
static struct baremetal_lock table_lock;

/* Not the system's lock, which is taken in the order of asking: a callback that
 * interrupts a CPU as it waits would stand in line behind what it interrupted,
 * and both would wait for ever. */
int stream_lock(struct stream *stream)
{
    unsigned self = os_interface->cpu_number() + 1, nobody = 0;

    if (stream->owner == self)
        return 0;
    while (!__atomic_compare_exchange_n(&stream->owner, &nobody, self, 0,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        nobody = 0;
        __builtin_ia32_pause();
    }
    return 1;
}

void stream_unlock(struct stream *stream, int outermost)
{
    if (outermost)
        __atomic_store_n(&stream->owner, 0, __ATOMIC_RELEASE);
}

/* ---- buffers */

static int need_buffer(struct stream *stream)
{
    if (stream->buffer)
        return 0;
    stream->buffer = malloc(BUFSIZ);
    if (!stream->buffer)
        return -1;
    stream->own_buffer = 1;
    stream->size = BUFSIZ;
    return 0;
}

static int write_out(struct stream *stream, const char *data, size_t size)
{
    int64_t done;

    if (stream->file == STREAM_CONSOLE) {
        os_interface->write(data, size);
        return 0;
    }
    done = os_interface->file_write(stream->file, data, size);
    if (done >= 0 && (size_t)done == size)
        return 0;
    stream->failed = 1;
    return error_set(done < 0 ? done : BAREMETAL_ENOSPC);
}

int stream_flush(struct stream *stream)
{
    size_t used = stream->used;

    if (stream->state != STREAM_WRITES || !used)
        return 0;
    stream->used = 0;
    return write_out(stream, stream->buffer, used);
}

/* Gives back to the file's position what was read ahead. */
static int stop_reading(struct stream *stream)
{
    size_t ahead = stream->used - stream->next + (stream->pushed != 0);
    uint64_t position;
    int error = 0;

    stream->next = stream->used = 0;
    stream->pushed = 0;
    if (ahead && stream->file != STREAM_CONSOLE) {
        error = os_interface->file_tell(stream->file, &position, 0);
        if (!error)
            error = os_interface->file_seek(
                stream->file, position > ahead ? position - ahead : 0);
    }
    return error ? error_set(error) : 0;
}

static int to_state(struct stream *stream, enum stream_state state)
{
    if (stream->state == state)
        return 0;
    if (state == STREAM_READS ? !(stream->flags & BAREMETAL_FILE_READ)
                              : !(stream->flags & BAREMETAL_FILE_WRITE)) {
        stream->failed = 1;
        return error_set(BAREMETAL_EBADF);
    }
    if (need_buffer(stream) ||
        (stream->state == STREAM_WRITES ? stream_flush(stream)
                                        : stop_reading(stream))) {
        stream->failed = 1;
        return -1;
    }
    stream->state = state;
    return 0;
}

int stream_start_reading(struct stream *stream)
{
    return to_state(stream, STREAM_READS);
}

size_t stream_write(struct stream *stream, const char *data, size_t size)
{
    size_t left = size;

    if (to_state(stream, STREAM_WRITES))
        return 0;
    while (left) {
        size_t part = stream->size - stream->used;

        if (!stream->used && left >= stream->size) { /* past the buffer */
            if (write_out(stream, data, left))
                break;
            return size;
        }
        if (part > left)
            part = left;
        memcpy(stream->buffer + stream->used, data, part);
        stream->used += part;
        data += part;
        left -= part;
        if (stream->used == stream->size && stream_flush(stream))
            break;
    }
    return size - left;
}

int stream_end_call(struct stream *stream)
{
    if (stream->mode == _IONBF ||
        (stream->mode == _IOLBF && stream->state == STREAM_WRITES &&
         memchr(stream->buffer, '\n', stream->used)))
        return stream_flush(stream);
    return 0;
}

/* 1 if there is something in the buffer. */
static int fill(struct stream *stream)
{
    int64_t done;

    stream->next = stream->used = 0;
    if (stream->file == STREAM_CONSOLE) {
        stream_flush(stdout);
        done = (int64_t)console_read_line(stream->buffer, stream->size);
    } else {
        done = os_interface->file_read(stream->file, stream->buffer,
                                       stream->size);
    }
    if (done > 0)
        stream->used = (size_t)done;
    else if (done < 0)
        stream->failed = 1, error_set(done);
    else
        stream->ended = 1;
    return done > 0;
}

int stream_get(struct stream *stream)
{
    int pushed = stream->pushed;

    if (to_state(stream, STREAM_READS))
        return EOF;
    stream->pushed = 0;
    if (pushed)
        return pushed - 1;
    if (stream->next == stream->used && !fill(stream))
        return EOF;
    return (unsigned char)stream->buffer[stream->next++];
}

size_t stream_read(struct stream *stream, char *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t part = stream->used - stream->next;
        int c;

        if (stream->state == STREAM_READS && !stream->pushed && part) {
            if (part > size - done)
                part = size - done;
            memcpy(data + done, stream->buffer + stream->next, part);
            stream->next += part;
            done += part;
            continue;
        }
        c = stream_get(stream);
        if (c == EOF)
            break;
        data[done++] = (char)c;
    }
    return done;
}

/* ---- opening and closing */

/* The flags of a mode, 0 if it is none. */
static unsigned flags_of(const char *mode)
{
    unsigned flags = 0;
    char kind = *mode++;

    if (kind == 'r')
        flags = BAREMETAL_FILE_READ;
    else if (kind == 'w')
        flags = BAREMETAL_FILE_WRITE | BAREMETAL_FILE_CREATE |
                BAREMETAL_FILE_TRUNCATE;
    else if (kind == 'a')
        flags = BAREMETAL_FILE_WRITE | BAREMETAL_FILE_CREATE |
                BAREMETAL_FILE_APPEND;
    for (; flags && *mode; mode++) {
        if (*mode == '+')
            flags |= BAREMETAL_FILE_READ | BAREMETAL_FILE_WRITE;
        else if (*mode == 'x' && kind == 'w')
            flags |= BAREMETAL_FILE_NEW;
        else if (*mode != 'b' && *mode != 't')
            flags = 0;
    }
    return flags;
}

static struct stream *take_stream(void)
{
    struct stream *found = 0;

    os_interface->lock(&table_lock);
    for (size_t i = 0; i < FOPEN_MAX && !found; i++)
        if (!streams[i].is_open)
            found = &streams[i];
    if (found) {
        memset(found, 0, sizeof *found);
        found->is_open = 1;
    }
    os_interface->unlock(&table_lock);
    return found;
}

static int open_as(struct stream *stream, const char *path, const char *mode)
{
    unsigned flags = flags_of(mode);

    stream->file = flags ? os_interface->file_open(path, flags)
                         : BAREMETAL_EINVAL;
    stream->flags = flags;
    stream->mode = _IOFBF;
    return stream->file < 0 ? error_set(stream->file) : 0;
}

FILE *fopen(const char *path, const char *mode)
{
    struct stream *stream = take_stream();

    if (!stream) {
        error_set(BAREMETAL_EMFILE);
    } else if (open_as(stream, path, mode)) {
        stream->is_open = 0;
        stream = 0;
    }
    return stream;
}

static int close_file(struct stream *stream)
{
    int result = stream_flush(stream);
    int error = 0;

    if (stream->file != STREAM_CONSOLE)
        error = os_interface->file_close(stream->file);
    if (stream->own_buffer)
        free(stream->buffer);
    return error ? error_set(error) : result;
}

int fclose(FILE *stream)
{
    int result = close_file(stream);

    stream->is_open = 0;
    return result;
}

FILE *freopen(const char *path, const char *mode, FILE *stream)
{
    close_file(stream);
    memset(stream, 0, sizeof *stream);
    stream->is_open = 1;
    if (!open_as(stream, path, mode))
        return stream;
    stream->is_open = 0;
    return 0;
}

static int flush_locked(struct stream *stream)
{
    int outermost = stream_lock(stream);
    int result = stream_flush(stream);

    stream_unlock(stream, outermost);
    return result;
}

int stream_flush_all(void)
{
    int result = 0;

    for (size_t i = 0; i < FOPEN_MAX; i++)
        if (streams[i].is_open)
            result |= flush_locked(&streams[i]);
    return result;
}

void stream_close_all(void)
{
    for (size_t i = 0; i < FOPEN_MAX; i++)
        if (streams[i].is_open)
            fclose(&streams[i]);
}

int fflush(FILE *stream)
{
    return stream ? flush_locked(stream) : stream_flush_all();
}

int setvbuf(FILE *stream, char *buffer, int mode, size_t size)
{
    if (stream->state != STREAM_IDLE || mode < _IOFBF || mode > _IONBF)
        return error_set(BAREMETAL_EINVAL);
    stream->mode = mode;
    if (buffer && size && mode != _IONBF) {
        stream->buffer = buffer;
        stream->size = size;
    }
    return 0;
}

void setbuf(FILE *stream, char *buffer)
{
    setvbuf(stream, buffer, buffer ? _IOFBF : _IONBF, BUFSIZ);
}

/* ---- positions */

static long position_of(struct stream *stream)
{
    uint64_t position;
    int error = stream->file == STREAM_CONSOLE
                    ? BAREMETAL_EINVAL
                    : os_interface->file_tell(stream->file, &position, 0);

    if (error)
        return error_set(error);
    if (stream->state == STREAM_WRITES)
        return (long)(position + stream->used);
    return (long)(position - (stream->used - stream->next) -
                  (stream->pushed != 0));
}

long ftell(FILE *stream)
{
    int outermost = stream_lock(stream);
    long position = position_of(stream);

    stream_unlock(stream, outermost);
    return position;
}

static int seek(struct stream *stream, long offset, int from)
{
    long start = 0;
    uint64_t size;
    int error;

    if (from == SEEK_CUR)
        start = position_of(stream);
    if (start < 0 || stream_flush(stream))
        return -1;
    if (from == SEEK_END) {
        error = os_interface->file_tell(stream->file, 0, &size);
        if (error)
            return error_set(error);
        start = (long)size;
    }
    if (from < SEEK_SET || from > SEEK_END || offset < -start)
        return error_set(BAREMETAL_EINVAL);
    error = os_interface->file_seek(stream->file,
                                    (uint64_t)(start + offset));
    if (error)
        return error_set(error);
    stream->next = stream->used = 0;
    stream->pushed = stream->ended = 0;
    stream->state = STREAM_IDLE;
    return 0;
}

int fseek(FILE *stream, long offset, int from)
{
    int outermost = stream_lock(stream);
    int result = seek(stream, offset, from);

    stream_unlock(stream, outermost);
    return result;
}

void rewind(FILE *stream)
{
    fseek(stream, 0, SEEK_SET);
    clearerr(stream);
}

int fgetpos(FILE *stream, fpos_t *position)
{
    *position = ftell(stream);
    return *position < 0 ? -1 : 0;
}

int fsetpos(FILE *stream, const fpos_t *position)
{
    return fseek(stream, *position, SEEK_SET);
}

int feof(FILE *stream)
{
    return stream->ended;
}

int ferror(FILE *stream)
{
    return stream->failed;
}

void clearerr(FILE *stream)
{
    stream->ended = stream->failed = 0;
}
