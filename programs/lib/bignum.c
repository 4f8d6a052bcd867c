/* bignum.c - large natural numbers, as many bits as a double's text needs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "bignum.h"

#define POWER5 1220703125u  /* the largest power of 5 in 32 bits: */
#define POWER5_EXPONENT 13u

void bignum_set(struct bignum *number, uint64_t value)
{
    number->limbs[0] = (uint32_t)value;
    number->limbs[1] = (uint32_t)(value >> 32);
    number->count = value >> 32 ? 2 : value != 0;
}

/* A carry beyond the last limb cannot be: see bignum.h. */
static void add_limb(struct bignum *number, uint32_t limb)
{
    if (limb && number->count < BIGNUM_LIMBS)
        number->limbs[number->count++] = limb;
}

void bignum_multiply(struct bignum *number, uint32_t by, uint32_t add)
{
    uint64_t carry = add;

    for (unsigned i = 0; i < number->count; i++) {
        carry += (uint64_t)number->limbs[i] * by;
        number->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    add_limb(number, (uint32_t)carry);
}

void bignum_multiply_power5(struct bignum *number, unsigned exponent)
{
    uint32_t rest = 1;

    for (; exponent >= POWER5_EXPONENT; exponent -= POWER5_EXPONENT)
        bignum_multiply(number, POWER5, 0);
    while (exponent-- > 0)
        rest *= 5;
    bignum_multiply(number, rest, 0);
}

void bignum_shift_left(struct bignum *number, unsigned bits)
{
    unsigned limbs = bits / 32;

    bignum_multiply(number, 1u << bits % 32, 0);
    if (!number->count || number->count + limbs > BIGNUM_LIMBS)
        return;
    for (unsigned i = number->count; i-- > 0;)
        number->limbs[i + limbs] = number->limbs[i];
    for (unsigned i = 0; i < limbs; i++)
        number->limbs[i] = 0;
    number->count += limbs;
}

uint32_t bignum_divide(struct bignum *number, uint32_t by)
{
    uint64_t rest = 0;

    for (unsigned i = number->count; i-- > 0;) {
        rest = rest << 32 | number->limbs[i];
        number->limbs[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    while (number->count && !number->limbs[number->count - 1])
        number->count--;
    return (uint32_t)rest;
}

unsigned bignum_bits(const struct bignum *number)
{
    unsigned top = number->count;

    return top ? top * 32 - (unsigned)__builtin_clz(number->limbs[top - 1])
               : 0;
}

uint64_t bignum_shift_right(const struct bignum *number, unsigned bits,
                            int *rest)
{
    uint64_t result = 0;

    for (unsigned i = number->count; i-- > 0;) {
        unsigned at = i * 32;
        uint32_t limb = number->limbs[i];

        if (at >= bits) {
            result |= (uint64_t)limb << (at - bits);
        } else if (bits - at < 32) {
            result |= limb >> (bits - at);
            *rest |= (limb & ((1u << (bits - at)) - 1)) != 0;
        } else {
            *rest |= limb != 0;
        }
    }
    return result;
}
