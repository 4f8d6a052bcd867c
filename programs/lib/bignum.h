/* bignum.h - large natural numbers, as many bits as a double's text needs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The longest: 800 decimal digits are 2,660 bits; to divide them by 5 to the
 * 1,145th and keep 66 bits of the result, 2,730 more.
 */
#pragma once
#include <stdint.h>

#define BIGNUM_LIMBS 192

struct bignum {
    unsigned count;                 /* limbs in use, the last one not 0 */
    uint32_t limbs[BIGNUM_LIMBS];   /* the lowest first */
};

void bignum_set(struct bignum *number, uint64_t value);
/* number * by + add. */
void bignum_multiply(struct bignum *number, uint32_t by, uint32_t add);
/* number * 5 to the power of `exponent`. */
void bignum_multiply_power5(struct bignum *number, unsigned exponent);
void bignum_shift_left(struct bignum *number, unsigned bits);
/* Returns the remainder. */
uint32_t bignum_divide(struct bignum *number, uint32_t by);
/* The place of the highest bit that is set, from 1; 0 for zero. */
unsigned bignum_bits(const struct bignum *number);
/* number / 2 to the power of `bits`, which fits; *rest: was anything lost? */
uint64_t bignum_shift_right(const struct bignum *number, unsigned bits,
                            int *rest);
