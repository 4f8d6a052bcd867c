/* assert.h - assert: what must be true, or the program ends.
 * SPDX-License-Identifier: BSD-3-Clause
 */

#undef assert
#ifdef NDEBUG
#define assert(what) ((void)0)
#else
#define assert(what) \
    ((what) ? (void)0 : assert_failed(#what, __FILE__, __LINE__))
#endif

/* The part above depends on NDEBUG each time; what follows is needed once. */
#ifndef ASSERT_FAILED_DECLARED
#define ASSERT_FAILED_DECLARED
#ifdef __cplusplus
extern "C" {
#endif

void assert_failed(const char *what, const char *file, int line)
    __attribute__((noreturn));
#ifndef __cplusplus
#define static_assert _Static_assert
#endif

#ifdef __cplusplus
}
#endif
#endif
