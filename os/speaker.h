/* speaker.h - tones from the PC speaker.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

/* struct baremetal's speaker and beep. */
int speaker_tone(unsigned hz);
int speaker_beep(void);

/* Silence, if there was a tone: the program has ended. Boot CPU. */
void speaker_reset(void);
