/* strings.h - comparing without regard to case.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <string.h>
