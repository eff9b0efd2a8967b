/* A Lua allocator that runs out of memory when it is told to. */
#include "fixtures.h"

#include <stdlib.h>

static long remaining = -1;
static long refusals;
static long refused;
static long live_blocks;

void *limited_alloc(void *unused, void *block, size_t old_size, size_t new_size)
{
    (void)unused;
    if (new_size == 0) {
        live_blocks -= block != NULL;
        free(block);
        return NULL;
    }
    bool grows = block == NULL || new_size > old_size;
    if (grows && remaining == 0 && refusals > 0) {
        refusals -= 1;
        refused += 1;
        return NULL;
    }
    if (grows && remaining > 0)
        remaining -= 1;
    live_blocks += block == NULL;
    return realloc(block, new_size);
}

/* After `allocations` more that succeed, the next `times` fail. Returns how many failed since the last call. */
long refuse_after(long allocations, long times)
{
    long result = refused;
    remaining = allocations;
    refusals = times;
    refused = 0;
    return result;
}

long live_allocations(void) { return live_blocks; }
