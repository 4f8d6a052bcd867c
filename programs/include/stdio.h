/* stdio.h - streams and formatted text.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What one call prints is not mixed with what other CPUs print. A callback
 * may print, but not while the program it interrupts does: os->write can.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stream FILE;
typedef long fpos_t;

#define EOF (-1)
#define BUFSIZ 4096
#define FILENAME_MAX 512
#define FOPEN_MAX 16
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define _IOFBF 0 /* written when the buffer is full */
#define _IOLBF 1 /* at the end of a line */
#define _IONBF 2 /* at the end of each call: stdout and stderr */

extern FILE *const stdin, *const stdout, *const stderr;
#define stdin stdin
#define stdout stdout
#define stderr stderr

/* Text from a format: d i u x X o c s p n e E f F g G a A, with flags, width,
 * precision and length as in C11. A long double counts as a double. */
#define FORMAT_PRINT(at, from) __attribute__((format(printf, at, from)))
#define FORMAT_SCAN(at, from) __attribute__((format(scanf, at, from)))
int printf(const char *format, ...) FORMAT_PRINT(1, 2);
int fprintf(FILE *stream, const char *format, ...) FORMAT_PRINT(2, 3);
int sprintf(char *text, const char *format, ...) FORMAT_PRINT(2, 3);
int snprintf(char *text, size_t size, const char *format, ...)
    FORMAT_PRINT(3, 4);
int vprintf(const char *format, va_list arguments);
int vfprintf(FILE *stream, const char *format, va_list arguments);
int vsprintf(char *text, const char *format, va_list arguments);
int vsnprintf(char *text, size_t size, const char *format,
              va_list arguments);
int scanf(const char *format, ...) FORMAT_SCAN(1, 2);
int fscanf(FILE *stream, const char *format, ...) FORMAT_SCAN(2, 3);
int sscanf(const char *text, const char *format, ...) FORMAT_SCAN(2, 3);
int vscanf(const char *format, va_list arguments);
int vfscanf(FILE *stream, const char *format, va_list arguments);
int vsscanf(const char *text, const char *format, va_list arguments);

FILE *fopen(const char *path, const char *mode);
FILE *freopen(const char *path, const char *mode, FILE *stream);
int fclose(FILE *stream);
int fflush(FILE *stream);
int setvbuf(FILE *stream, char *buffer, int mode, size_t size);
void setbuf(FILE *stream, char *buffer);
size_t fread(void *items, size_t size, size_t count, FILE *stream);
size_t fwrite(const void *items, size_t size, size_t count, FILE *stream);
int fseek(FILE *stream, long offset, int from);
long ftell(FILE *stream);
void rewind(FILE *stream);
int fgetpos(FILE *stream, fpos_t *position);
int fsetpos(FILE *stream, const fpos_t *position);
int feof(FILE *stream);
int ferror(FILE *stream);
void clearerr(FILE *stream);

int fgetc(FILE *stream);
int getc(FILE *stream);
int getchar(void);
int ungetc(int character, FILE *stream);
char *fgets(char *line, int size, FILE *stream);
int fputc(int character, FILE *stream);
int putc(int character, FILE *stream);
int putchar(int character);
int fputs(const char *text, FILE *stream);
int puts(const char *text);
void perror(const char *text);
int remove(const char *path);
int rename(const char *from, const char *to);

#ifdef __cplusplus
}
#endif
