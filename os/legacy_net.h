/* legacy_net.h - network calls, as flat programs of the original system make
 * them.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* b_net_tx: returns when the frame is sent, for the caller may use its memory
 * again; gives up after 0.1 s. Any CPU. */
void legacy_net_send(uint64_t net, const void *frame, uint64_t length);

/* b_net_rx: the length and address of the next frame, or 0. Any CPU. */
uint64_t legacy_net_receive(uint64_t net, void **frame);

/* The MAC, first octet in bits 47:40, or 0. Any CPU. */
uint64_t legacy_net_status(uint64_t net);
