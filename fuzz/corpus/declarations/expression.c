0(sizeof(struct point) * 3 << 2 | ~0u) % 7 > 1 ? -RED : (long long)'\x7f' ^ 0x10ULL
