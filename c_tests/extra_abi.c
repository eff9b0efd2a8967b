/* Functions of a calling convention that is not the platform's own. */
#include "fixtures.h"

#if defined(__x86_64__) && !defined(_WIN32)
__attribute__((ms_abi)) int win64_add(int a, int b) { return a + b; }

__attribute__((ms_abi)) double win64_mix(int a, double b, int64_t c, float d, int e, double f)
{
    return a + 2 * b + 3 * (double)c + 4 * d + 5 * e + 6 * f;
}

bool has_win64(void) { return true; }
#else
bool has_win64(void) { return false; }
#endif
